/**
 * A consumer of a stream that is pulled: what it delivers ahead of its reader is bounded, so that a slow reader makes the
 * server wait and no memory grow. Bounded by messages: asked by octets, nats-server 2.9.10 stops delivering (measured).
 */

import { type Msg, nuid, type Subscription } from "@nats-io/transport-node";
import { isPassing, natsError } from "./natserror.ts";
import type { Link } from "./natslink.ts";
import { delivered, type Message } from "./natsmessage.ts";
import { StoreError } from "./store.ts";

/** Where a consumer begins: with the last message of each subject, with all, or after a sequence. */
export type Start = "last" | "all" | { readonly after: number };

/** Resolves when it is time to ask again, or the signal says so. */
export type Rest = (signal: AbortSignal | undefined) => Promise<void>;

export interface PullPlan {
  readonly stream: string;
  readonly filter: string;
  readonly start: Start;
  /** Without the messages' octets. */
  readonly headersOnly?: boolean;
  /** Messages are asked for together, with such a rest between two times, and not sent as they come. */
  readonly rest?: Rest;
}

/** Octets that may be here ahead of the reader, and the messages that this makes, by how large those before were. */
const AHEAD = 8 << 20;
const LEAST = 32;
const MOST = 1000;
/** Milliseconds that a request for messages stands, and that its end may be late. */
const STANDS = 10_000;
const LATE = 3000;
/** Milliseconds that a cluster gets to make a consumer, one try after the other. */
const ANSWERS: readonly number[] = [400, 400, 800, 800, 1600, 1600, 3200];
/** Seconds after which the server forgets a consumer that nobody pulls. */
const FORGET = 30;

/** Messages in order; `pending`: how many there were behind the last one when it was sent. */
export interface Batch {
  readonly messages: readonly Message[];
  readonly pending: number;
}

export class Pull {
  readonly #link: Link;
  readonly #plan: PullPlan;
  #name: string = nuid.next();
  #subscription: Subscription | undefined;
  #buffer: Message[] = [];
  #pending: number;
  /** Messages that were asked for and did not come yet. */
  #asked = 0;
  /** How many were asked for last. */
  #batch = 0;
  #window = LEAST;
  /** Of one who rests: whether what was asked for last has brought all, some or no messages. */
  #answer: "full" | "some" | "none" = "full";
  #largest = 0;
  #heard = 0;
  #broken: StoreError | undefined;
  #resume: (() => void) | undefined;
  #notLost: () => void = () => {};

  private constructor(link: Link, plan: PullPlan) {
    this.#link = link;
    this.#plan = plan;
    this.#pending = 0;
  }

  /** Makes a consumer and begins to pull. Rejects with StoreError. */
  static async open(link: Link, plan: PullPlan): Promise<Pull> {
    const pull = new Pull(link, plan);
    try {
      await pull.#make();
      const connection = await link.ready();
      pull.#notLost = link.onLost((why) => pull.#break(new StoreError("lost", why)));
      pull.#subscription = connection.subscribe(link.newInbox(), {
        callback: (error, message) => pull.#receive(error, message),
      });
      pull.#ask(connection);
      return pull;
    } catch (error) {
      pull.#end();
      throw natsError(link.where, error);
    }
  }

  /**
   * What has come, or comes within so many milliseconds: nothing when nothing does, or the signal says so.
   * Rejects with StoreError when the consumer is no more: the reader opens another where this one ended.
   */
  async take(within: number, signal?: AbortSignal): Promise<Batch> {
    if (this.#plan.rest) await this.#poll(this.#plan.rest, within, signal);
    else if (this.#buffer.length === 0 && this.#broken === undefined) await this.#wait(within, signal);
    if (this.#buffer.length === 0) {
      if (this.#broken !== undefined) throw this.#broken;
      if (this.#asked > 0 && performance.now() - this.#heard > STANDS + LATE) throw this.#silent();
    }
    const messages = this.#buffer;
    this.#buffer = [];
    await this.#refill();
    return { messages, pending: this.#pending };
  }

  /** How many messages there were to come when it was opened or last counted, or are behind the last one. */
  get pending(): number {
    return this.#pending;
  }

  /** Asks how many there are to come. To make a consumer once more that is there tells of it. Rejects with ApiError or StoreError. */
  async count(within?: number): Promise<number> {
    const { stream, filter } = this.#plan;
    const subject = `CONSUMER.CREATE.${stream}.${this.#name}.${filter}`;
    this.#pending = (await this.#link.api<{ num_pending: number }>(subject, this.#request(), within)).num_pending;
    return this.#pending;
  }

  /**
   * Makes the consumer. For minutes a cluster gives some of them to a server that has died, and does not answer then: of
   * three servers with one dead every second one (measured with 2.9.10). Under another name it may go to another server.
   */
  async #make(): Promise<void> {
    const clustered = (await this.#link.ready()).info?.cluster !== undefined;
    if (!clustered) {
      await this.count();
      return;
    }
    for (const [i, within] of ANSWERS.entries()) {
      try {
        await this.count(within);
        return;
      } catch (error) {
        if (i === ANSWERS.length - 1 || !isPassing(error)) throw error;
        this.#name = nuid.next();
      }
    }
  }

  async close(): Promise<void> {
    const there = this.#broken === undefined;
    this.#end();
    if (!there) return;
    try {
      await this.#link.api(`CONSUMER.DELETE.${this.#plan.stream}.${this.#name}`, {}, 500);
    } catch {
      // The server forgets it by itself.
    }
  }

  #request(): object {
    const { start, filter, stream, headersOnly } = this.#plan;
    const from =
      start === "last"
        ? { deliver_policy: "last_per_subject" }
        : start === "all"
          ? { deliver_policy: "all" }
          : { deliver_policy: "by_start_sequence", opt_start_seq: start.after + 1 };
    return {
      stream_name: stream,
      config: {
        ...from,
        name: this.#name,
        filter_subject: filter,
        ack_policy: "none",
        replay_policy: "instant",
        inactive_threshold: FORGET * 1e9,
        num_replicas: 1,
        mem_storage: true,
        headers_only: headersOnly === true,
      },
    };
  }

  /**
   * Asks for what there is, with a rest before each time, until something is there or the time is up. When there was
   * nothing, the next message is waited for: where few come, each comes at once.
   */
  async #poll(rest: Rest, within: number, signal: AbortSignal | undefined): Promise<void> {
    const until = performance.now() + within;
    while (this.#buffer.length === 0 && this.#broken === undefined && performance.now() < until) {
      if (this.#asked === 0 && this.#answer === "some") await rest(signal);
      if (signal?.aborted === true || this.#broken !== undefined) return;
      if (this.#asked === 0) await this.#askOnce();
      // Until the answer is whole: a reader that is woken by each message is woken at great cost.
      if (this.#asked > 0 && this.#broken === undefined)
        await this.#wait(Math.max(0, until - performance.now()), signal);
    }
  }

  async #refill(): Promise<void> {
    if (this.#plan.rest || this.#broken !== undefined || this.#asked + this.#buffer.length > this.#window / 2) return;
    await this.#askOnce();
  }

  async #askOnce(): Promise<void> {
    try {
      this.#ask(await this.#link.ready());
    } catch (error) {
      this.#break(natsError(this.#link.where, error));
    }
  }

  #ask(connection: Awaited<ReturnType<Link["ready"]>>): void {
    const one = this.#plan.rest !== undefined && this.#answer === "none";
    const batch = one ? 1 : this.#window - this.#asked - this.#buffer.length;
    if (this.#asked === 0) this.#heard = performance.now();
    this.#asked += batch;
    this.#batch = batch;
    const until = this.#plan.rest && !one ? { no_wait: true } : { expires: STANDS * 1e6 };
    this.#answer = one ? "some" : "full";
    const request = Buffer.from(JSON.stringify({ batch, ...until }));
    const reply = this.#subscription?.getSubject() ?? "";
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.#plan.stream}.${this.#name}`, request, { reply });
  }

  #receive(error: Error | null, message: Msg): void {
    if (error !== null) {
      this.#break(natsError(this.#link.where, error));
      return;
    }
    this.#heard = performance.now();
    const code = message.headers?.code ?? 0;
    const got = code === 0 ? delivered(message) : undefined;
    if (code !== 0) this.#status(code, message);
    if (got === undefined) return;
    this.#asked = Math.max(0, this.#asked - 1);
    this.#pending = got.pending;
    this.#buffer.push(got.message);
    this.#largest = Math.max(message.data.length, this.#largest * 0.99);
    this.#window = Math.max(LEAST, Math.min(MOST, Math.floor(AHEAD / (this.#largest + 512))));
    if (!this.#plan.rest || this.#asked === 0) this.#wake();
  }

  /** A request has ended: 404 and 408 say how many it still stood for; the rest says that the consumer is no more. */
  #status(code: number, message: Msg): void {
    if (code === 100) return;
    if (code === 404 || code === 408) {
      const left = Number(message.headers?.get("Nats-Pending-Messages") || this.#asked);
      this.#answer = left >= this.#batch ? "none" : "some";
      this.#asked = Math.max(0, this.#asked - left);
      if (this.#plan.rest) this.#wake();
      else void this.#refill();
      return;
    }
    const why = message.headers?.description || (code === 503 ? "nobody answers" : String(code));
    this.#break(new StoreError("lost", `the store at ${this.#link.where} has ended the reading (${why})`));
  }

  #silent(): StoreError {
    const error = new StoreError("lost", `the store at ${this.#link.where} has fallen silent`);
    this.#break(error);
    return error;
  }

  #break(error: StoreError): void {
    this.#broken ??= error;
    this.#end();
  }

  #end(): void {
    this.#notLost();
    this.#broken ??= new StoreError("lost", "the reading has ended");
    this.#subscription?.unsubscribe();
    this.#wake();
  }

  #wake(): void {
    this.#resume?.();
  }

  #wait(within: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", resume);
        this.#resume = undefined;
        resolve();
      };
      const timer = setTimeout(resume, within);
      signal?.addEventListener("abort", resume);
      this.#resume = resume;
    });
  }
}
