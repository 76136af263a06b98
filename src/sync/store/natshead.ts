/** What the stream of zones says of one zone: its head, its history, and what a change has to stand upon. */

import { type Previous, type Record, recordOf } from "./natsintent.ts";
import type { Link } from "./natslink.ts";
import { type Message, markIn, readMessage, streamState } from "./natsmessage.ts";
import { readAll } from "./natsreadall.ts";
import { revisionOf } from "./natsrevision.ts";
import { SLACK, txnSubject, ZONES, zoneSubject } from "./natssubjects.ts";
import type { Entry } from "./store.ts";

/** A head with the sequence of its message. */
export interface Head extends Previous {
  readonly octets: Uint8Array;
}

/** A zone as it stands. */
export interface Standing {
  /** The sequence of the last message of its subject: what the next must expect. */
  readonly last: number;
  readonly head: Head | undefined;
  /** The swap whose intent is the last message, when nothing was decided about it. */
  readonly undecided: string | undefined;
  /** Intents above the head. */
  readonly depth: number;
}

/** A swap's decision, with the sequence and the mark of its message; undefined when there is none yet. */
export type Decided = { readonly commit: boolean; readonly seq: number; readonly mark: number } | undefined;

/** Decisions and heads that are remembered. */
const REMEMBERED = 100_000;

export class Heads {
  readonly #link: Link;
  /** They never change. */
  readonly #decisions = new Map<string, Decided>();
  /** By zone, a head that was met: what a change that expects it need not ask for. */
  readonly #met = new Map<string, Previous>();

  constructor(link: Link) {
    this.#link = link;
  }

  async decision(txn: string): Promise<Decided> {
    const known = this.#decisions.get(txn);
    if (known !== undefined) return known;
    const message = await readMessage(this.#link, ZONES, { last_by_subj: txnSubject(txn) });
    const record = message === undefined ? undefined : recordOf(message);
    if (record?.is !== "decision") return undefined;
    const decided = { commit: record.commit, seq: record.message.seq, mark: markIn(record.message) };
    if (this.#decisions.size >= REMEMBERED) this.#decisions.clear();
    this.#decisions.set(txn, decided);
    return decided;
  }

  /** A zone's head that was met, if it has this revision. */
  met(zone: string, revision: number): Previous | undefined {
    const head = this.#met.get(zone);
    return head?.revision === revision ? head : undefined;
  }

  meet(zone: string, { seq, revision }: Previous): void {
    if (this.#met.size >= REMEMBERED) this.#met.clear();
    this.#met.set(zone, { seq, revision });
  }

  /** Rejects with StoreError. */
  async standing(zone: string): Promise<Standing> {
    const standing = await this.#standing(zone);
    if (standing.head !== undefined && standing.head.seq === standing.last) this.meet(zone, standing.head);
    return standing;
  }

  async #standing(zone: string): Promise<Standing> {
    const message = await readMessage(this.#link, ZONES, { last_by_subj: zoneSubject(zone) });
    const record = message === undefined ? undefined : recordOf(message);
    const last = message?.seq ?? 0;
    if (record?.is !== "intent") {
      const head = record?.is === "manifest" ? headOf(record.message, plain(record.message)) : undefined;
      return { last, head, undecided: undefined, depth: 0 };
    }
    const decided = await this.decision(record.txn);
    if (decided?.commit) {
      const head = headOf(record.message, revisionOf(decided.seq, decided.mark, record.index));
      return { last, head, undecided: undefined, depth: 0 };
    }
    return {
      last,
      head: await this.previous(zone, record.previous),
      undecided: decided === undefined ? record.txn : undefined,
      depth: record.depth + 1,
    };
  }

  /** The head that an intent stands upon. */
  async previous(zone: string, { seq, revision }: Previous): Promise<Head | undefined> {
    if (seq === 0) return undefined;
    const message = await readMessage(this.#link, ZONES, { seq });
    if (message !== undefined) return headOf(message, revision);
    // It is not kept any more: whoever made the store smaller by hand has left the newest of those that are.
    return (await this.#kept(zone))[0];
  }

  /** The manifests of a zone that are kept, the newest first. Rejects with StoreError. */
  async history(zone: string): Promise<Entry[]> {
    const { history } = await streamState(this.#link, ZONES);
    const kept = await this.#kept(zone);
    return kept.slice(0, Math.max(1, history - SLACK)).map(({ revision, octets }) => ({ zone, revision, octets }));
  }

  /** Every head that a zone had, as far as they are kept, the newest first. */
  async #kept(zone: string): Promise<Head[]> {
    const heads: Head[] = [];
    for await (const messages of readAll(this.#link, { stream: ZONES, filter: zoneSubject(zone), start: "all" })) {
      for (const message of messages) {
        const entry = await this.entryOf(recordOf(message), false);
        if (entry !== undefined) heads.push(headOf(message, entry.revision));
      }
    }
    return heads.reverse();
  }

  /** The entry that a record is; undefined when it is none, as an intent that was aborted or, unless wanted, is undecided. */
  async entryOf(record: Record | undefined, undecided: boolean): Promise<Entry | undefined> {
    if (record?.is !== "manifest" && record?.is !== "intent") return undefined;
    const { zone, message } = record;
    if (record.is === "manifest") return { zone, revision: plain(message), octets: message.data };
    const decided = await this.decision(record.txn);
    if (decided === undefined) return undecided ? { zone, revision: plain(message), octets: message.data } : undefined;
    if (!decided.commit) return undefined;
    return { zone, revision: revisionOf(decided.seq, decided.mark, record.index), octets: message.data };
  }
}

/** The revision of a manifest that no swap of several zones has brought. */
function plain(message: Message): number {
  return revisionOf(message.seq, markIn(message));
}

function headOf(message: Message, revision: number): Head {
  return { seq: message.seq, revision, octets: message.data };
}
