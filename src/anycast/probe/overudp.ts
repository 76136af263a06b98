/** Questions over UDP, each from a socket of its own: with a port of its own, the kernel brings it to any of the threads. */

import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Listen } from "../../text/listen.ts";
import { errorCode } from "../../text/systemerror.ts";
import { type Asked, type Asking, randomId } from "./asked.ts";
import { patiently } from "./patience.ts";
import { isAnswer, queryOf } from "./question.ts";

/** A datagram may be lost: after so many quarters of the time, what has no answer is asked once more. */
const AGAIN = 2;
const LAST = 4;

/** Asks all at once. Never rejects: a question without an answer in time has none. */
export function askOverUdp(listen: Listen, asking: Asking): Promise<Asked> {
  return new Promise((resolve) => new Round(listen, asking, resolve));
}

class Round {
  readonly #listen: Listen;
  readonly #asking: Asking;
  readonly #resolve: (asked: Asked) => void;
  readonly #replies: (Uint8Array | undefined)[];
  readonly #sockets = new Set<Socket>();
  readonly #endPatience: () => void;
  readonly #end = () => this.#finish();
  #code: string | undefined;
  #left: number;

  constructor(listen: Listen, asking: Asking, resolve: (asked: Asked) => void) {
    this.#listen = listen;
    this.#asking = asking;
    this.#resolve = resolve;
    this.#replies = asking.questions.map(() => undefined);
    this.#left = asking.questions.length;
    this.#endPatience = patiently(asking.timeout, (quarter) => this.#passed(quarter));
    asking.signal?.addEventListener("abort", this.#end);
    if (this.#left === 0 || asking.signal?.aborted) this.#finish();
    else asking.questions.forEach((_, i) => void this.#ask(i));
  }

  #passed(quarter: number): void {
    if (quarter === LAST) this.#finish();
    else if (quarter === AGAIN) {
      this.#replies.forEach((reply, i) => {
        if (reply === undefined) this.#ask(i);
      });
    }
  }

  #ask(i: number): void {
    const { questions, sent } = this.#asking;
    const { address, port } = this.#listen;
    const id = randomId();
    const socket = createSocket({
      type: isIPv6(address) ? "udp6" : "udp4",
      // An address is no name to be looked up.
      lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
    });
    this.#sockets.add(socket);
    socket.on("message", (message) => {
      if (isAnswer(message, questions[i], id)) this.#answered(i, message, socket);
    });
    socket.on("error", (error) => this.#failed(error, socket));
    // Connected: it takes nothing from others, and is told of a port that nobody has.
    socket.connect(port, address, () => {
      if (!this.#sockets.has(socket)) return;
      sent?.();
      socket.send(queryOf(questions[i], id));
    });
  }

  #answered(i: number, reply: Uint8Array, socket: Socket): void {
    this.#close(socket);
    if (this.#replies[i] !== undefined) return;
    this.#replies[i] = reply;
    if (--this.#left === 0) this.#finish();
  }

  /** When none is left that an answer may come to, there is nothing to wait for. */
  #failed(error: Error, socket: Socket): void {
    this.#code = errorCode(error) || error.message;
    this.#close(socket);
    if (this.#sockets.size === 0) this.#finish();
  }

  #close(socket: Socket): void {
    if (this.#sockets.delete(socket)) socket.close();
  }

  #finish(): void {
    this.#endPatience();
    this.#asking.signal?.removeEventListener("abort", this.#end);
    for (const socket of this.#sockets) this.#close(socket);
    this.#resolve({ replies: this.#replies, code: this.#code });
  }
}
