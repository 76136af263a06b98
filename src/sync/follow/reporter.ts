/** Sends a POP's reports: now and then, and soon after something has changed. What fails here never disturbs serving. */

import { headLength, type PopReport, reportOctets } from "../report.ts";
import type { Store } from "../store/store.ts";
import type { Surroundings } from "./following.ts";
import type { FollowOptions } from "./options.ts";
import { phaseOf, reportAfter } from "./pace.ts";

/** Reports whose sending is remembered: more than come back in any time that matters. */
const SENT_MOST = 64;

/** A report that the store has not taken after this long is given up: the next one has newer things to say. */
const PATIENCE_MS = 20_000;
/** And the last one, that says good-bye: it is a courtesy, and nobody's stop waits long for it. */
const FAREWELL_MS = 500;

export interface ReporterArgs {
  readonly pop: string;
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly options: FollowOptions;
  /** What there is to say now. */
  readonly write: () => PopReport;
  /** The store has taken one. */
  readonly taken: () => void;
  /** Nothing is to be sent for now. */
  readonly muted?: () => boolean;
}

export class Reporter {
  readonly #args: ReporterArgs;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, and when the last report was sent, by the clock that never jumps. */
  #at = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #sending = false;
  /** When the last ones were sent, by the time that is written in them. */
  readonly #sent = new Map<string, number>();
  /** Something has changed while a report was on its way. */
  #again = false;
  #failing = false;
  #closed = false;

  constructor(args: ReporterArgs) {
    this.#args = args;
  }

  /** Begins: the first report comes at a point of the interval that goes by the POP's name, or soon after a change. */
  start(): void {
    const { pop, options } = this.#args;
    this.#schedule(options.report * phaseOf(pop));
  }

  /** Something has changed: several changes at the same time make one report, and many in a row a few in a second. */
  soon(): void {
    const { surroundings, options } = this.#args;
    if (this.#sending) this.#again = true;
    else {
      const rest = this.#last + options.reportSoon * 5 - surroundings.monotonic();
      this.#schedule(Math.max(options.reportSoon, rest));
    }
  }

  #schedule(delay: number): void {
    const at = this.#args.surroundings.monotonic() + delay;
    if (this.#closed || at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => void this.#send(), delay);
  }

  async #send(): Promise<void> {
    const { surroundings, options } = this.#args;
    this.#at = Number.POSITIVE_INFINITY;
    if (this.#args.muted?.()) {
      this.#schedule(reportAfter(options.report, surroundings.random()));
      return;
    }
    this.#sending = true;
    this.#again = false;
    this.#last = surroundings.monotonic();
    try {
      const report = this.#args.write();
      this.#remember(report.at);
      await this.#give(report, PATIENCE_MS);
      this.#worked();
    } catch (error) {
      this.#failed(error);
    }
    this.#sending = false;
    this.#schedule(reportAfter(options.report, surroundings.random()));
    if (this.#again && !this.#failing) this.soon();
  }

  /** Rejects with an Error when the store has not taken it. */
  async #give(report: PopReport, patience: number): Promise<void> {
    const octets = reportOctets(report);
    const { pop, store } = this.#args;
    await withPatience(store.report({ pop, octets, head: headLength(octets) }), patience);
  }

  /** When the report was sent that was written at a time, by the clock that never jumps; undefined for one of another run. */
  sentAt(at: string): number | undefined {
    return this.#sent.get(at);
  }

  #remember(at: string): void {
    this.#sent.set(at, this.#last);
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined && this.#sent.size > SENT_MOST) this.#sent.delete(oldest);
  }

  #worked(): void {
    if (this.#closed) return;
    this.#args.taken();
    if (this.#failing) this.#args.surroundings.tell("info", "report.sent", {}, "the store takes reports again");
    this.#failing = false;
  }

  #failed(error: unknown): void {
    if (this.#failing || this.#closed) return;
    this.#failing = true;
    const why = error instanceof Error ? error.message : String(error);
    const text = `this POP's report could not be sent: ${why}; serving is not affected`;
    this.#args.surroundings.tell("warn", "report.failed", { why }, text);
  }

  /** A report that is on its way is not waited for. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Closes with a last report that says so. Never rejects, and takes half a second at most. */
  async farewell(): Promise<void> {
    const known = this.#last !== Number.NEGATIVE_INFINITY && !this.#failing;
    this.close();
    if (!known || this.#args.muted?.()) return;
    const last: PopReport = { ...this.#args.write(), ready: false, announcing: false, stopped: true };
    await this.#give(last, FAREWELL_MS).catch(() => {});
  }
}

async function withPatience(sent: Promise<void>, patience: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the store did not answer in time")), patience);
  });
  try {
    await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}
