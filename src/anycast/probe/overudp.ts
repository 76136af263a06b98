/** Questions over UDP, each from a port of its own: by that the kernel brings it to any of the threads. */

import type { Listen } from "../../text/listen.ts";
import { type Asked, type Asking, randomId } from "./asked.ts";
import { patiently } from "./patience.ts";
import { Port } from "./port.ts";
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
  readonly #ports = new Set<Port>();
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
    else asking.questions.forEach((_, i) => void this.#ask(i, asking.ports?.take(i)));
  }

  #passed(quarter: number): void {
    if (quarter === LAST) this.#finish();
    else if (quarter === AGAIN) {
      this.#replies.forEach((reply, i) => {
        if (reply === undefined) this.#ask(i);
      });
    }
  }

  #ask(i: number, port: Port = new Port(this.#listen)): void {
    const { questions, sent } = this.#asking;
    const id = randomId();
    this.#ports.add(port);
    const waiting = {
      message: (octets: Uint8Array) => {
        if (isAnswer(octets, questions[i], id)) this.#answered(i, octets, port);
      },
      failed: (code: string) => this.#failed(code, port),
    };
    port.ask(queryOf(questions[i], id), waiting, sent);
  }

  #answered(i: number, reply: Uint8Array, port: Port): void {
    if (!this.#ports.delete(port)) return;
    const { ports } = this.#asking;
    if (ports) ports.keep(i, port);
    else port.close();
    if (this.#replies[i] !== undefined) return;
    this.#replies[i] = reply;
    if (--this.#left === 0) this.#finish();
  }

  /** When none is left that an answer may come to, there is nothing to wait for. */
  #failed(code: string, port: Port): void {
    this.#code = code;
    this.#ports.delete(port);
    if (this.#ports.size === 0) this.#finish();
  }

  #finish(): void {
    this.#endPatience();
    this.#asking.signal?.removeEventListener("abort", this.#end);
    for (const port of this.#ports) port.close();
    this.#ports.clear();
    if (this.#left > 0) this.#asking.ports?.clear();
    this.#resolve({ replies: this.#replies, code: this.#code });
  }
}
