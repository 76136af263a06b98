/**
 * A UDP port that questions to one address are asked from, and those that a check keeps from one time to the next. To
 * make a socket costs three times as much as a question and its answer; measured with 8 questions every 250 ms: 0.36 % of
 * a core with new sockets each time, 0.12 with kept ones.
 */

import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Listen } from "../../text/listen.ts";
import { errorCode } from "../../text/systemerror.ts";

/** The kernel brings all that comes from one port to the same thread. After so many answers, another one has its turn. */
const ANSWERS = 8;

/** Who has asked, and what he waits for. */
export interface Waiting {
  message(octets: Uint8Array, port: Port): void;
  failed(code: string, port: Port): void;
}

export class Port {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #answers = 0;
  #connected = false;
  #closed = false;

  constructor({ address, port }: Listen) {
    this.#socket = createSocket({
      type: isIPv6(address) ? "udp6" : "udp4",
      // An address is no name to be looked up.
      lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
    });
    this.#socket.on("message", (octets) => this.#waiting?.message(octets, this));
    this.#socket.on("error", (error) => {
      this.close();
      this.#waiting?.failed(errorCode(error) || error.message, this);
    });
    // Connected: it takes nothing from others, and is told of a port that nobody has.
    this.#socket.connect(port, address, () => {
      this.#connected = true;
    });
  }

  /** Sends a query once that can be, unless it was closed by then; `sent` is told of it. */
  ask(query: Uint8Array, waiting: Waiting, sent: (() => void) | undefined): void {
    this.#waiting = waiting;
    const send = () => {
      if (this.#closed) return;
      sent?.();
      this.#socket.send(query);
    };
    if (!this.#connected) this.#socket.once("connect", send);
    else {
      this.#socket.ref();
      send();
    }
  }

  /** By its owner, or by an error that came while nobody waited. */
  get closed(): boolean {
    return this.#closed;
  }

  /** It has brought an answer, and nobody waits for another. True when it may be asked from again. */
  rest(): boolean {
    this.#waiting = undefined;
    if (this.#closed || ++this.#answers >= ANSWERS) return false;
    this.#socket.unref();
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

/** The ports of one check, for each of its questions one. */
export class KeptPorts {
  readonly #ports = new Map<number, Port>();
  #signal: AbortSignal | undefined;

  /** They are closed when it says so. */
  closedBy(signal: AbortSignal): void {
    if (this.#signal === signal) return;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.clear(), { once: true });
  }

  /** The port of a question, which is now the caller's. */
  take(question: number): Port | undefined {
    const port = this.#ports.get(question);
    this.#ports.delete(question);
    return port?.closed ? undefined : port;
  }

  /** Keeps a port that rests, or closes it. */
  keep(question: number, port: Port): void {
    if (this.#ports.has(question) || this.#signal?.aborted || !port.rest()) port.close();
    else this.#ports.set(question, port);
  }

  /** Something was not answered: what is asked next has new ports, and by them maybe other threads. */
  clear(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}
