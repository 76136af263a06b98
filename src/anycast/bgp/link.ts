/** One neighbour: the connection that its session machine asks for, and a timer for when that has to look again. */

import type { Socket } from "node:net";
import type { AnnouncerSurroundings } from "../announcer.ts";
import { keepalive } from "./message.ts";
import type { Ends } from "./nexthop.ts";
import type { Family } from "./open.ts";
import type { Reach } from "./reach.ts";
import {
  deadline,
  type Event,
  heardAgain,
  idleSession,
  inheritedSession,
  type Outcome,
  type Session,
  type SessionLegacy,
  sessionLegacy,
  step,
  unheard,
} from "./session.ts";
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

/** A session that is up, at a boundary between two messages of ours. Goes through JSON. */
export interface LinkLegacy {
  readonly session: SessionLegacy;
  /** What has come of a message that is not whole yet, in base64. */
  readonly rest: string;
}

/** Octets that a neighbour may leave unread: then it hangs, whatever its keepalives say. */
const UNREAD = 65_536;
/** Milliseconds in which a connection that ends may still send its last message. */
const LAST_WORDS = 900;
/** Milliseconds in which all that we have said is to be in the kernel's hands; on a connection that moves it is there at once. */
const FLUSHED = 500;

export class Link {
  readonly #terms: Terms;
  readonly #dial: () => Socket;
  readonly #around: AnnouncerSurroundings;
  readonly #owner: LinkOwner;
  #session: Session = idleSession();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream = new MessageStream();
  /** The connection that stands still: nothing of it is read. */
  #resting: Socket | undefined;

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

  /**
   * Stands still at the end of a message of ours, when the session is up, and says what another process needs to go on with
   * it. KEEPALIVEs are sent all the same: the neighbour does not notice, however long that takes.
   */
  async rest(): Promise<{ readonly socket: Socket; readonly legacy: LinkLegacy } | undefined> {
    const socket = this.#socket;
    if (!socket || this.#session.phase !== "established") return undefined;
    const written = new Promise((resolve) => socket.write(keepalive(), resolve));
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, FLUSHED).unref())]);
    if (socket !== this.#socket || socket.destroyed || socket.writableLength > 0) return undefined;
    // It is a socket that stops reading then, and does not go on into a buffer of its own.
    socket.pause();
    this.#resting = socket;
    const rest = Buffer.from(this.#stream.rest).toString("base64");
    const legacy = { session: sessionLegacy(this.#session, this.#around.monotonic()), rest };
    this.#session = unheard(this.#session);
    this.#wind();
    return { socket, legacy };
  }

  /** Nobody has taken the session on. */
  wake(): void {
    const socket = this.#resting;
    this.#resting = undefined;
    if (!socket || socket !== this.#socket) return;
    this.#session = heardAgain(this.#session, this.#around.monotonic());
    socket.resume();
    this.#wind();
  }

  /** Another process has the session: lets go of our descriptor, and of nothing else; false when it is down by now. */
  yield(): boolean {
    const socket = this.#resting;
    if (!socket || socket !== this.#socket) return false;
    this.#socket = undefined;
    clearTimeout(this.#timer);
    this.#session = { ...idleSession(), phase: "ended" };
    // close(2) without shutdown(2) before it, seen with strace: the connection lives as long as somebody has it.
    socket.destroy();
    return true;
  }

  /** Goes on with a session that was another process's. */
  inherit(socket: Socket, { session, rest }: LinkLegacy): Ends {
    this.#stream = new MessageStream(Buffer.from(rest, "base64"));
    this.#session = inheritedSession(session, this.#around.monotonic());
    this.#listen(socket);
    this.#step({ kind: "tick" });
    return { local: socket.localAddress ?? "", remote: socket.remoteAddress ?? "" };
  }

  /** Ends the session in good order, after what is yet to be sent; at the latest after a second. */
  async stop(): Promise<void> {
    this.wake();
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
    socket.on("connect", () => this.#of(socket, { kind: "connected" }));
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    let code: string | undefined;
    socket.setNoDelay(true);
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
