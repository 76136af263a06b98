/** One neighbour: the connection that its session machine asks for, and a timer for when that has to look again. */

import type { Socket } from "node:net";
import type { AnnouncerSurroundings } from "../announcer.ts";
import type { Ends } from "./nexthop.ts";
import type { Family } from "./open.ts";
import type { Reach } from "./reach.ts";
import { deadline, type Event, idleSession, type Outcome, type Session, step } from "./session.ts";
import { MessageStream } from "./stream.ts";
import type { Terms } from "./why.ts";

/** What is made of what a session brings. */
export interface LinkOwner {
  /** The session is up: what is wanted can be sent. */
  up(ends: Ends): void;
  down(why: string): void;
  reach(reach: Reach): void;
  refresh(family: Family): void;
}

/** Octets that a neighbour may leave unread: then it hangs, whatever its keepalives say. */
const UNREAD = 65_536;
/** Milliseconds in which a connection that ends may still send its last message. */
const LAST_WORDS = 900;

export class Link {
  readonly #terms: Terms;
  readonly #dial: () => Socket;
  readonly #around: AnnouncerSurroundings;
  readonly #owner: LinkOwner;
  #session: Session = idleSession();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream = new MessageStream();

  constructor(terms: Terms, dial: () => Socket, around: AnnouncerSurroundings, owner: LinkOwner) {
    this.#terms = terms;
    this.#dial = dial;
    this.#around = around;
    this.#owner = owner;
  }

  get session(): Session {
    return this.#session;
  }

  start(): void {
    this.#step({ kind: "start" });
  }

  /** Sends messages of ours, in one write. */
  send(messages: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (!socket || messages.length === 0) return;
    socket.write(messages.length === 1 ? messages[0] : Buffer.concat(messages));
    if (socket.writableLength > UNREAD) socket.destroy();
  }

  /** Ends the session in good order, after what is yet to be sent; at the latest after a second. */
  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#step({ kind: "stop" });
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  }

  #step(event: Event, now = this.#around.monotonic()): void {
    const before = this.#session;
    const at = { now, random: this.#around.random() };
    const outcome = step(this.#terms, before, event, at);
    this.#session = outcome.session;
    this.send(outcome.send);
    if (outcome.connection === "end") this.#hangUp();
    if (outcome.connection === "dial") this.#connect();
    this.#wind();
    this.#report(before, outcome);
  }

  #report(before: Session, { session, reach, refresh }: Outcome): void {
    const socket = this.#socket;
    if (session.phase === "established" && before.phase !== "established" && socket) {
      this.#owner.up({ local: socket.localAddress ?? "", remote: socket.remoteAddress ?? "" });
    }
    if (session.tries !== before.tries && session.why !== undefined) this.#owner.down(session.why);
    if (reach) this.#owner.reach(reach);
    if (refresh) this.#owner.refresh(refresh);
  }

  #wind(): void {
    clearTimeout(this.#timer);
    const wait = deadline(this.#session) - this.#around.monotonic();
    if (wait === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#due(), Math.max(0, wait));
  }

  /**
   * A KEEPALIVE that is due goes out before the event loop does anything else: after a push there is much to read. But
   * what has already arrived is read before a neighbour is taken for silent: a busy moment of ours is no silence of his.
   */
  #due(): void {
    const now = this.#around.monotonic();
    if (now < this.#session.until) this.#step({ kind: "tick" }, now);
    else setImmediate(() => this.#step({ kind: "tick" }));
  }

  #connect(): void {
    this.#stream = new MessageStream();
    let socket: Socket;
    try {
      socket = this.#dial();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      setImmediate(() => this.#step({ kind: "lost", code }));
      return;
    }
    this.#socket = socket;
    let code: string | undefined;
    socket.setNoDelay(true);
    socket.on("connect", () => this.#of(socket, { kind: "connected" }));
    socket.on("data", (chunk) => this.#read(socket, chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code ?? error.message;
    });
    socket.on("close", () => this.#of(socket, { kind: "lost", code }));
  }

  /** An event of a connection; one that has been given up says nothing any more. */
  #of(socket: Socket, event: Event): void {
    if (socket === this.#socket) this.#step(event);
  }

  #read(socket: Socket, chunk: Uint8Array): void {
    if (socket !== this.#socket) return;
    const notification = this.#stream.take(chunk, (message) => {
      this.#step({ kind: "message", message });
      return socket === this.#socket;
    });
    if (notification) this.#of(socket, { kind: "garbled", notification });
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.destroyed) return;
    if (socket.connecting) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS);
    socket.once("close", () => clearTimeout(timer));
    // Not destroyed at once: what is still unread would make a reset of it, and the last message might be lost by that.
    socket.end();
  }
}
