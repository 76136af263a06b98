/**
 * Follows a stream for ever and without gaps: through lost connections, restarts of the server, and a stream that was made
 * anew. On each reconnect the consumer is made anew behind the last message that came, and whenever it is quiet the
 * stream's last sequence is compared with that message's: consumers were seen to miss the last message after a half-open
 * connection until another came.
 */

import { sleep } from "../sleep.ts";
import { natsError, readError } from "./natserror.ts";
import type { Link } from "./natslink.ts";
import { type Message, markIn, readMessage, type StreamState, streamState } from "./natsmessage.ts";
import { Pull, type PullPlan } from "./natspull.ts";
import { positionOf, readPosition } from "./natsrevision.ts";
import { REPORTS } from "./natssubjects.ts";
import { type Cursor, StoreError } from "./store.ts";

export type LogEvent =
  /**
   * In order. `listing`: these are the last messages of each subject, as they were when following began. `more`: others
   * were there already by then.
   */
  | {
      readonly say: "messages";
      readonly messages: readonly Message[];
      readonly listing: boolean;
      readonly more: boolean;
      readonly cursor: Cursor;
    }
  | { readonly say: "reset"; readonly epoch: string; readonly why: string }
  | { readonly say: "synced"; readonly cursor: Cursor }
  | { readonly say: "lost"; readonly why: string }
  | { readonly say: "back" };

/** Milliseconds of quiet after which the stream is looked at, and as many more by chance at most. */
const QUIET = 2500;
/** Milliseconds before another try, at first, and at most; by chance up to twice that. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;
/**
 * Who has missed so many messages, and twice as many as there are subjects, is given the last of each subject instead: of a
 * zone that was pushed a hundred times only the head matters.
 */
const FAR = 10_000;
const DOUBT = 2;
const MOST_DOUBT = 32;
const SHORT = 4;

/** What is followed: see PullPlan. */
type LogPlan = Omit<PullPlan, "start">;

interface Reached {
  readonly seq: number;
  readonly mark: number | undefined;
}

/** How far a log was followed. */
class Follower {
  readonly #link: Link;
  readonly #stream: string;
  readonly #plan: LogPlan;
  #epoch: string | undefined;
  /** The sequence of the last message that was told, and its mark: another one there means that the stream is another. */
  #seq: number;
  #mark: number | undefined;
  /** The same, as they were before a listing was begun because too much had been missed. */
  #before: Reached | undefined;
  /** The listing of last messages goes on. */
  #listing = false;
  #lost = false;
  #pause = FIRST_PAUSE;
  /** How often in a row the stream had more, and how often it must have to make another consumer. */
  #behind = 0;
  #doubt: number = DOUBT;
  /** How often in a row a mirror, which seemed to have caught up, had less than what was followed. */
  #short = 0;

  constructor(link: Link, plan: LogPlan, cursor: Cursor | undefined) {
    this.#link = link;
    this.#stream = plan.stream;
    this.#plan = plan;
    this.#epoch = cursor?.epoch;
    ({ seq: this.#seq, mark: this.#mark } = readPosition(cursor?.position ?? 0));
  }

  async *follow(signal: AbortSignal): AsyncIterable<LogEvent> {
    while (!signal.aborted) {
      try {
        yield* this.#once(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#lost) yield { say: "lost", why: this.#whyLost(error) };
        this.#lost = true;
        await this.#link.whenUp(signal);
        await sleep(this.#pause * (1 + Math.random()), signal);
        this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
      }
    }
  }

  #whyLost(error: unknown): string {
    const { where } = this.#link;
    return (this.#stream === REPORTS ? readError(where, "reports", error) : natsError(where, error)).message;
  }

  /** From one consumer, as long as it lasts. */
  async *#once(signal: AbortSignal): AsyncIterable<LogEvent> {
    const state = await streamState(this.#link, this.#stream);
    const why = await this.#whyReset(state);
    const pull = await Pull.open(this.#link, this.#planFor(state, why));
    try {
      if (this.#lost) yield { say: "back" };
      this.#lost = false;
      this.#pause = FIRST_PAUSE;
      if (why !== undefined) yield { say: "reset", epoch: state.epoch, why };
      yield* this.#drain(pull, state, signal);
    } finally {
      void pull.close();
    }
  }

  #planFor(state: StreamState, why: string | undefined): PullPlan {
    const anew = this.#epoch === undefined || why !== undefined;
    if (anew || this.#isFarBehind(state)) {
      this.#before = anew ? undefined : this.#reached();
      this.#epoch = state.epoch;
      this.#seq = 0;
      this.#mark = undefined;
      this.#listing = true;
    }
    const start = this.#listing ? "last" : { after: this.#seq };
    return { ...this.#plan, start };
  }

  #isFarBehind({ last, messages, subjects }: StreamState): boolean {
    const missed = Math.min(last - this.#seq, messages);
    return !this.#listing && subjects > 0 && missed > Math.max(FAR, 2 * subjects);
  }

  /** The furthest that was told. */
  #reached(): Reached {
    const before = this.#before;
    return before !== undefined && before.seq > this.#seq ? before : { seq: this.#seq, mark: this.#mark };
  }

  async *#drain(pull: Pull, from: StreamState, signal: AbortSignal): AsyncIterable<LogEvent> {
    let synced = false;
    let quiet = false;
    while (!signal.aborted) {
      // The last messages of all may have been taken away by hand: then they never come.
      if (!synced && (this.#seq >= from.last || (quiet && pull.pending === 0))) {
        synced = true;
        this.#listing = false;
        yield { say: "synced", cursor: this.#cursor() };
      }
      const batch = await pull.take(QUIET * (1 + Math.random()), signal);
      quiet = batch.messages.length === 0;
      // A listing that was begun again: those before have been told. Some of a listing come twice (2.9.10).
      const messages = batch.messages.filter(({ seq }, i, all) => seq > (all[i - 1]?.seq ?? 0) && seq > this.#seq);
      const last = messages.at(-1);
      if (last !== undefined) {
        this.#seq = last.seq;
        this.#mark = markIn(last);
        this.#behind = 0;
        this.#doubt = DOUBT;
        const more = last.seq < from.last;
        yield { say: "messages", messages, listing: this.#listing, more, cursor: this.#cursor() };
      } else if (quiet && !signal.aborted && (await this.#isLeftBehind())) return;
    }
  }

  /** True when there is more in the stream than the consumer tells of. */
  async #isLeftBehind(): Promise<boolean> {
    const state = await streamState(this.#link, this.#stream);
    if (state.epoch !== this.#epoch || state.last < this.#reached().seq) return true;
    this.#behind = state.last > this.#seq ? this.#behind + 1 : 0;
    // Something may be on its way just now; several times in a row it is not. When another consumer has brought nothing
    // either, the last messages were taken away by hand, and there is nothing to hurry for.
    if (this.#behind < this.#doubt) return false;
    this.#behind = 0;
    this.#doubt = Math.min(this.#doubt * 2, MOST_DOUBT);
    return true;
  }

  /** Why the stream is not the one that was followed; undefined when it is. */
  async #whyReset(state: StreamState): Promise<string | undefined> {
    if (this.#epoch === undefined) return undefined;
    if (state.epoch !== this.#epoch) return "the store was made anew";
    const { seq, mark } = this.#reached();
    if (state.last < seq) {
      this.#hold(state);
      return "an older copy of the store was put in its place";
    }
    this.#short = 0;
    if (mark === undefined) return undefined;
    const message = await readMessage(this.#link, this.#stream, { seq });
    if (message === undefined || markIn(message) === mark) return undefined;
    return "an older copy of the store was put in its place, and was changed since";
  }

  /** Throws for a mirror that may get there yet. One that was just made is behind before it says so. */
  #hold({ mirror, catchingUp }: StreamState): void {
    if (!mirror || (!catchingUp && ++this.#short >= SHORT)) return;
    throw new StoreError("lost", `the store at ${this.#link.where} mirrors another, and has not caught up with it`);
  }

  #cursor(): Cursor {
    return { epoch: this.#epoch ?? "", position: positionOf(this.#seq, this.#mark) };
  }
}

/**
 * Follows a stream's subjects after a cursor, or from the last message of each subject on, until the signal. Far behind the
 * cursor's stream it begins with those, too, without a reset: its cursors are below the given one for a while then. Never
 * rejects.
 */
export function followLog(
  link: Link,
  plan: LogPlan,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): AsyncIterable<LogEvent> {
  return new Follower(link, plan, cursor).follow(signal);
}
