/**
 * The connection to NATS, for ever: made in the background, made again when it was lost, and requests over it that give
 * up in time with a sentence.
 */

import { connect, createInbox, type MsgHdrs, type NatsConnection, wsconnect } from "@nats-io/transport-node";
import type { NatsPlace } from "./natsaccess.ts";
import { ApiError, isHopeless, isPassing, natsError, whyLost } from "./natserror.ts";
import { StoreError } from "./store.ts";

/** Milliseconds after which what was asked is given up, and after which it is asked once more meanwhile. */
export const GIVE_UP = 5000;
const ASK_AGAIN = 2000;
/** Between two tries, at least, and as much again by chance. */
const PAUSE = 150;
/**
 * Between two tries to connect: at first, and when the store has been away for long, for a verb and for a POP; half as much
 * more or less by chance.
 */
const DIAL_SOON = 250;
const DIAL_LATE = { verb: 1000, pop: 10_000 } as const;

const API = "$JS.API";

/** What a request is answered with. */
export interface Answer {
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

export class Link {
  readonly where: string;
  readonly #place: NatsPlace;
  readonly #waiting = new Set<() => void>();
  readonly #onLost = new Set<(why: string) => void>();
  #connection: NatsConnection | undefined;
  #up = false;
  #closed = false;
  #failure: StoreError | undefined;
  /** Since when there is no connection. */
  #away = performance.now();
  /** Connecting has failed for what waiting does not mend. */
  #hopeless = false;

  /** Begins to connect. */
  constructor(place: NatsPlace) {
    this.#place = place;
    this.where = place.where;
    void this.#keep();
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** The connection, as soon as it is there. Rejects with StoreError after so many milliseconds without one. */
  async ready(within: number = GIVE_UP): Promise<NatsConnection> {
    const until = performance.now() + within;
    while (!this.#up || this.#connection === undefined) {
      const left = until - performance.now();
      if (this.#closed) throw this.#closedError();
      if (left <= 0) throw this.#failure ?? new StoreError("lost", `the store at ${this.where} is not reached in time`);
      if (this.#hopeless && this.#failure !== undefined) throw this.#failure;
      await this.#change(left);
    }
    return this.#connection;
  }

  /** Resolves when the connection is there, or the signal says so. */
  async whenUp(signal: AbortSignal): Promise<void> {
    while (!this.#up && !this.#closed && !signal.aborted) await this.#change(1000, signal);
  }

  /** A subject that nobody else uses, for answers. */
  newInbox(): string {
    return createInbox(this.#place.options.inboxPrefix);
  }

  /** Calls back once when the connection is lost; the result ends that. */
  onLost(callback: (why: string) => void): () => void {
    this.#onLost.add(callback);
    return () => this.#onLost.delete(callback);
  }

  /** Sends a request and waits for its answer. Rejects with what the client says: see natserror.ts. */
  async request(subject: string, payload: Uint8Array, headers: MsgHdrs | undefined, timeout: number): Promise<Answer> {
    const until = performance.now() + timeout;
    const connection = await this.ready(timeout);
    if (this.#closed) throw this.#closedError();
    const most = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const size = payload.length + (headers === undefined ? 0 : 1024);
    if (size > most) {
      const text = `the store at ${this.where} takes no message of ${size} octets: raise max_payload (${most}) in nats-server`;
      throw new StoreError("full", text);
    }
    const left = Math.max(50, until - performance.now());
    const message = await connection.request(subject, payload, {
      timeout: left,
      ...(headers === undefined ? {} : { headers }),
    });
    return { data: message.data, headers: message.headers };
  }

  /** Asks JetStream's API, again while it is not said to be in vain. Rejects with ApiError or StoreError. */
  async api<T>(name: string, body: object = {}, within: number = GIVE_UP): Promise<T> {
    const payload = Buffer.from(JSON.stringify(body));
    return await this.persist(async (left) => {
      const { data } = await this.request(`${API}.${name}`, payload, undefined, left);
      return readAnswer<T>(data);
    }, within);
  }

  /**
   * Tries until it works, or an error comes that another try does not mend, or the time is up. `attempt` gets how long it
   * may take. Rejects with StoreError or ApiError.
   */
  async persist<T>(attempt: (left: number) => Promise<T>, within: number = GIVE_UP): Promise<T> {
    const until = performance.now() + within;
    for (;;) {
      try {
        return await attempt(Math.min(ASK_AGAIN, Math.max(50, until - performance.now())));
      } catch (error) {
        if (error instanceof ApiError && !isPassing(error)) throw error;
        if (this.#closed || !isPassing(error) || performance.now() + PAUSE > until) throw natsError(this.where, error);
        await pause(PAUSE * (1 + Math.random()));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    this.#lose("was closed here");
    await this.#connection?.close();
  }

  /** Connects, and again when the client gives up, until closed. */
  async #keep(): Promise<void> {
    const dial = this.#place.web ? wsconnect : connect;
    while (!this.#closed) {
      try {
        const connection = await dial({ ...this.#place.options, reconnectDelayHandler: () => this.#patience() });
        if (this.#closed) return await connection.close();
        this.#connection = connection;
        this.#rise();
        void this.#heed(connection);
        this.#failure = natsError(this.where, await connection.closed());
      } catch (error) {
        this.#failure = natsError(this.where, error);
        this.#hopeless = isHopeless(error);
      }
      this.#lose(this.#failure.message);
      this.#wake();
      if (!this.#closed) await this.#change(this.#patience());
    }
  }

  /**
   * Until the next try to connect: half as long as the store has been away so far. A short break is over soon, and a
   * thousand POPs that wait for a store for minutes come back over 15 seconds (follow/pace.ts counts what that costs it).
   */
  #patience(): number {
    const away = performance.now() - this.#away;
    const late = this.#place.patient ? DIAL_LATE.pop : DIAL_LATE.verb;
    return Math.min(late, Math.max(DIAL_SOON, away / 2)) * (0.5 + Math.random());
  }

  /** Follows what the client says of the connection. */
  async #heed(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "reconnect") this.#rise();
      else if (status.type === "disconnect" || status.type === "staleConnection") {
        this.#failure ??= new StoreError("lost", `the store at ${this.where} ${whyLost(undefined)}`);
        this.#lose(this.#failure.message);
      } else if (status.type === "error" && !this.#up) {
        this.#failure = natsError(this.where, status.error);
        this.#hopeless = isHopeless(status.error);
      }
    }
  }

  #closedError(): StoreError {
    return new StoreError("lost", `the connection to the store at ${this.where} was closed`);
  }

  #rise(): void {
    this.#up = true;
    this.#failure = undefined;
    this.#hopeless = false;
    this.#wake();
  }

  #lose(why: string): void {
    if (this.#up) this.#away = performance.now();
    this.#up = false;
    const callbacks = [...this.#onLost];
    this.#onLost.clear();
    for (const callback of callbacks) callback(why);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  /** Waits for something to change, so many milliseconds at most. */
  #change(most: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", resume);
        this.#waiting.delete(resume);
        resolve();
      };
      const timer = setTimeout(resume, most);
      signal?.addEventListener("abort", resume);
      this.#waiting.add(resume);
    });
  }
}

/** An answer of the API; throws ApiError when it is an error. */
export function readAnswer<T>(data: Uint8Array): T {
  const read = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as {
    error?: { code: number; err_code?: number; description?: string };
  };
  if (read.error !== undefined) {
    throw new ApiError(read.error.err_code ?? 0, read.error.code, read.error.description ?? "an error without words");
  }
  return read as T;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
