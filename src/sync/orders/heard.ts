/**
 * Reports as they come from the store. Each POP hears each other one every few seconds, 133 times in a second among 1,000:
 * a report that says what the last one did is not parsed.
 */

import { type ReportHead, readHead, splitReport } from "../report.ts";
import type { ReportEntry } from "../store/store.ts";

/** A report as another POP hears it. */
export interface HeardReport extends ReportHead {
  /** One above that of the report before it, of any POP, unless that one was replaced before it came. */
  readonly order: number;
  /** When it was written, by that POP's clock; milliseconds since 1970. */
  readonly at: number;
  /** More reports that are in the store already come after it. */
  readonly behind: boolean;
  /** Of an own report of this process: when it was sent, by the clock that never jumps. */
  readonly sent: number | undefined;
}

export class Ear {
  readonly #last = new Map<string, { readonly octets: Uint8Array; readonly head: ReportHead | undefined }>();
  readonly #pop: string;
  readonly #sentAt: (at: string) => number | undefined;

  /** `sentAt`: when the own report was sent that was written at a time. */
  constructor(pop: string, sentAt: (at: string) => number | undefined) {
    this.#pop = pop;
    this.#sentAt = sentAt;
  }

  /** Takes a report; undefined for what is none, or is in another POP's name. */
  hear({ pop, order, octets }: ReportEntry, behind: boolean): HeardReport | undefined {
    const { head: mine, at } = splitReport(octets);
    const head = this.#read(pop, mine);
    if (head?.pop !== pop) return undefined;
    const { every, standings } = head;
    const sent = pop === this.#pop ? this.#sentAt(at) : undefined;
    return { pop, every, standings, order, at: Date.parse(at), behind, sent };
  }

  #read(pop: string, octets: Uint8Array): ReportHead | undefined {
    const last = this.#last.get(pop);
    if (last !== undefined && Buffer.compare(last.octets, octets) === 0) return last.head;
    const head = readHead(octets);
    // What was read lies in a larger piece of memory, which would be kept with it.
    this.#last.set(pop, { octets: Uint8Array.from(octets), head });
    return head;
  }
}
