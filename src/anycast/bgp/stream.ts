/** Messages out of a stream of octets; each header is looked at before anything of its body is kept (RFC 4271 §6.1). */

import { HEADER, LONGEST, MARKER, type Message, MessageType, u16At } from "./message.ts";
import { Code, fault, type Notification } from "./notification.ts";

/** Shortest and longest message of each type (RFC 4271 §6.1, RFC 2918 §3). */
const LENGTHS: Readonly<Record<number, readonly [least: number, most: number]>> = {
  [MessageType.Open]: [29, LONGEST],
  [MessageType.Update]: [23, LONGEST],
  [MessageType.Notification]: [21, LONGEST],
  [MessageType.Keepalive]: [HEADER, HEADER],
  [MessageType.RouteRefresh]: [23, 23],
};

/** Cuts what a neighbour sends into messages. It holds one message at most. */
export class MessageStream {
  readonly #room = new Uint8Array(LONGEST);
  #have = 0;

  /** `begun`: a message that has come in part, as `rest` gave it. */
  constructor(begun: Uint8Array = new Uint8Array()) {
    // Its header was looked at when it was read.
    this.#room.set(begun.subarray(0, LONGEST));
    this.#have = Math.min(begun.length, LONGEST);
  }

  /** What has come of a message that is not whole yet. */
  get rest(): Uint8Array {
    return this.#room.slice(0, this.#have);
  }

  /**
   * Hands each whole message to `each`, until that gives false. Returns what is wrong with a header, after which the
   * stream is of no use any more.
   */
  take(chunk: Uint8Array, each: (message: Message) => boolean): Notification | undefined {
    let at = 0;
    while (at < chunk.length) {
      const wanted = this.#have < HEADER ? HEADER : u16At(this.#room, MARKER);
      const taken = Math.min(wanted - this.#have, chunk.length - at);
      this.#room.set(chunk.subarray(at, at + taken), this.#have);
      this.#have += taken;
      at += taken;
      if (this.#have < HEADER) return undefined;
      const wrong = wanted === HEADER ? headerFault(this.#room) : undefined;
      if (wrong) return wrong;
      if (this.#have < u16At(this.#room, MARKER)) continue;
      const message = { type: this.#room[18] as MessageType, body: this.#room.subarray(HEADER, this.#have) };
      this.#have = 0;
      if (!each(message)) return undefined;
    }
    return undefined;
  }
}

function headerFault(header: Uint8Array): Notification | undefined {
  if (header.subarray(0, MARKER).some((octet) => octet !== 0xff)) return fault(Code.Header, 1);
  const length = u16At(header, MARKER);
  const limits = LENGTHS[header[18]];
  if (length < HEADER || length > LONGEST) return fault(Code.Header, 2, header.subarray(MARKER, 18));
  if (limits === undefined) return fault(Code.Header, 3, [header[18]]);
  return length < limits[0] || length > limits[1] ? fault(Code.Header, 2, header.subarray(MARKER, 18)) : undefined;
}
