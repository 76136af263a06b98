/** One client's connection: its octets in, replies out, until one side ends. */

import type { Socket } from "node:net";
import type { Client } from "../answer/client.ts";
import { type Counters, Way } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import { addressOctets } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import type { Seated } from "./connections.ts";
import { Framer } from "./framer.ts";
import { NEVER, type Patient, type TcpPatience } from "./tcppatience.ts";
import type { TcpReplies } from "./tcpreplies.ts";

/** What all connections of a listener answer with. */
export interface TcpAnswering {
  readonly respond: Respond;
  /** The address that they came to. */
  readonly listen: Listen;
  readonly replies: TcpReplies;
  readonly patience: TcpPatience;
  readonly counters: Counters;
  /** By TLS. */
  readonly encrypted: boolean;
}

export class TcpConnection implements Client, Seated, Patient {
  readonly stream = true;
  readonly encrypted: boolean;
  readonly prefix: string;
  usedAt: number;
  begunAt: number = NEVER;
  readonly #socket: Socket;
  readonly #remote: string;
  readonly #with: TcpAnswering;
  readonly #way: number;
  /** Queries that were answered since the clock was looked at. */
  #answered = 0;
  readonly #framer = new Framer();
  #octets: Uint8Array | undefined;
  /** Octets whose queries wait until the client has read its replies. */
  #waiting: Uint8Array | undefined;
  /** What unreadSince gave last, and how many octets had been written then. */
  #unreadAt: number = NEVER;
  #written = 0;
  #ended = false;
  #bad = false;

  /** Answers on the socket, whose client has the address `remote` and counts as `prefix`. */
  constructor(socket: Socket, remote: string, prefix: string, answering: TcpAnswering) {
    this.#socket = socket;
    this.prefix = prefix;
    this.#remote = remote;
    this.#with = answering;
    this.encrypted = answering.encrypted;
    const [four, six] = this.encrypted ? [Way.TLS4, Way.TLS6] : [Way.TCP4, Way.TCP6];
    this.#way = remote.includes(":") ? six : four;
    this.usedAt = answering.patience.step;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("end", () => this.#end());
    // The socket destroys itself.
    socket.on("error", ignore);
  }

  address(): Uint8Array {
    this.#octets ??= addressOctets(this.#remote);
    return this.#octets;
  }

  port(): number {
    return this.#socket.remotePort ?? 0;
  }

  get asked(): Listen {
    return this.#with.listen;
  }

  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }

  unreadSince(step: number): number {
    const { writableLength, bytesWritten } = this.#socket;
    if (writableLength === 0) this.#unreadAt = NEVER;
    // All that waited then has gone: what waits now is newer.
    else if (this.#unreadAt === NEVER || bytesWritten - writableLength >= this.#written) {
      this.#unreadAt = step;
      this.#written = bytesWritten;
    }
    return this.#unreadAt;
  }

  /** Ends once what was read is answered, and the replies have gone. */
  close(): void {
    if (this.#waiting === undefined) this.#socket.end();
    else this.#ended = true;
  }

  expire(): void {
    this.#socket.destroy();
  }

  #take(chunk: Uint8Array): void {
    const socket = this.#socket;
    // We are closing: a write now would be an error, and the replies before it would be lost.
    if (socket.writableEnded) return;
    const { replies, patience, counters } = this.#with;
    const taken = performance.now();
    this.#answered = 0;
    const rest = this.#framer.take(chunk, (query, length) => this.#answer(query, length));
    replies.send(socket);
    // A message is given its time once: no octet of it starts that anew.
    if (!this.#framer.partial) this.begunAt = NEVER;
    else if (this.#answered > 0 || this.begunAt === NEVER) this.begunAt = patience.step;
    if (this.#answered > 0) counters.time(this.#answered, performance.now() - taken);
    if (this.#bad) socket.destroySoon();
    else if (rest !== undefined && !socket.destroyed) this.#wait(rest);
  }

  /** False when no further query is to be answered now. */
  #answer(query: Uint8Array, length: number): boolean {
    const { respond, replies, patience, counters } = this.#with;
    // RFC 7766 §6.2.3: the time starts again with each query, not with each octet: a client that sends one octet a second
    // keeps its connection no longer than one that sends nothing.
    this.usedAt = patience.step;
    counters.take(this.#way, 1);
    this.#answered++;
    const octets = respond(query, length, replies.room, this);
    // Not a query: whoever sends that over a stream is not worth the connection.
    this.#bad = octets === 0;
    return !this.#bad && replies.add(octets, this.#socket);
  }

  /** Reads no further until the client has read its replies. */
  #wait(rest: Uint8Array): void {
    const socket = this.#socket;
    this.#waiting = rest;
    socket.pause();
    socket.once("drain", () => {
      this.#waiting = undefined;
      if (!socket.destroyed) this.#take(rest);
      if (this.#waiting !== undefined) return;
      if (this.#ended) socket.end();
      else socket.resume();
    });
  }

  /** RFC 7766 §6.2.4: a client that has sent its last query still gets the replies, those to come included. */
  #end(): void {
    this.#ended = true;
    if (this.#waiting !== undefined) return;
    // With nothing on its way, close() does for both sides what shutdown() would do first: one system call less. TLS says
    // its end itself (RFC 8446 §6.1).
    if (this.#socket.writableLength === 0 && !this.encrypted) this.#socket.destroy();
    else this.#socket.end();
  }
}

function ignore(): void {}
