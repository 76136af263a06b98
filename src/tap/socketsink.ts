/**
 * Writes a backlog to a Unix socket that somebody listens at. One chunk is on its way at a time: a reader that stalls
 * leaves the rest in the backlog. A reader that goes is looked for again, after pauses that grow.
 */

import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, whyNot } from "../text/systemerror.ts";
import { type Backlog, onlyChanges, type Sink, type Trouble } from "./backlog.ts";

/** Pauses between two tries, in milliseconds: the first one, and the longest. */
const FIRST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 5000;
/** A reader that has said nothing to a greeting by then is none. */
const GREETING_MS = 5000;
/** A chunk that is on its way for so long has met a reader that is too slow. */
const SLOW_MS = 2000;

/** What is said to a reader before the first record, and after the last. */
export interface Talk {
  /** Resolves when records may follow; rejects with an Error that says why not. */
  begin(socket: Socket): Promise<void>;
  /** Resolves when the reader has all. */
  end(socket: Socket): Promise<void>;
}

/** Records as they are, and nothing else. */
export const PLAIN: Talk = { begin: async () => {}, end: async () => {} };

export class SocketSink implements Sink {
  readonly #path: string;
  readonly #backlog: Backlog;
  readonly #tell: Trouble;
  readonly #talk: Talk;
  #socket: Socket | undefined;
  /** The greeting is over. */
  #ready = false;
  #sending = false;
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(path: string, backlog: Backlog, trouble: Trouble, talk: Talk = PLAIN) {
    this.#path = path;
    this.#backlog = backlog;
    this.#tell = onlyChanges(trouble);
    this.#talk = talk;
    this.#connect();
  }

  wake(): void {
    const socket = this.#socket;
    if (!this.#ready || this.#sending || socket === undefined) return;
    const chunk = this.#backlog.take();
    if (chunk === undefined) {
      this.#idle?.();
      return;
    }
    this.#sending = true;
    const slow = setTimeout(() => this.#tell(`${this.#path} is not read, or too slowly`), SLOW_MS).unref();
    // The kernel has all of it when this is called; what it has and the reader has not taken is lost when that one goes.
    socket.write(chunk.octets, (error) => {
      clearTimeout(slow);
      this.#sending = false;
      if (error) this.#backlog.lost(chunk);
      else {
        this.#backlog.done(chunk);
        this.#tell(undefined);
        this.wake();
      }
    });
  }

  #connect(): void {
    if (this.#closed) return;
    const socket = createConnection({ path: this.#path });
    this.#socket = socket;
    let why: unknown;
    socket.on("error", (error) => {
      why ??= error;
    });
    socket.on("connect", () => {
      const late = setTimeout(() => socket.destroy(new Error("it does not answer the greeting")), GREETING_MS);
      this.#talk.begin(socket).then(
        () => {
          clearTimeout(late);
          if (socket.destroyed) return;
          this.#ready = true;
          this.#pause = FIRST_PAUSE_MS;
          this.#tell(undefined);
          this.wake();
        },
        (error: Error) => {
          clearTimeout(late);
          socket.destroy(error);
        },
      );
    });
    // A reader that ends its side has gone: nothing else is expected from it.
    socket.on("end", () => socket.destroy());
    // Whatever it sends after the greeting is thrown away.
    socket.resume();
    socket.on("close", () => this.#lost(why));
  }

  #lost(why: unknown): void {
    this.#ready = false;
    this.#socket = undefined;
    this.#idle?.();
    if (this.#closed) return;
    this.#tell(why === undefined ? `the reader at ${this.#path} has gone` : whyNotConnected(this.#path, why));
    this.#timer = setTimeout(() => this.#connect(), this.#pause);
    this.#timer.unref();
    this.#pause = Math.min(this.#pause * 2, MOST_PAUSE_MS);
  }

  async close(milliseconds: number): Promise<boolean> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const late = sleep(milliseconds, undefined, { ref: false });
    const sent = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    this.wake();
    if (this.#ready) await Promise.race([sent, late]);
    const socket = this.#socket;
    if (socket !== undefined && this.#ready && !this.#sending) await Promise.race([this.#talk.end(socket), late]);
    socket?.destroy();
    return true;
  }
}

function whyNotConnected(path: string, error: unknown): string {
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ECONNREFUSED") return `nobody listens at ${path}: start the reader`;
  if (code === "EPIPE" || code === "ECONNRESET") return `the reader at ${path} has gone`;
  if (code === "EACCES") return `${path}: ${whyNot("write", error)}`;
  return `${path}: ${code || (error as Error).message}`;
}
