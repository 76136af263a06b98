/** Replies on their way to a client: one behind the other, and to the kernel together. */

import type { Socket } from "node:net";

const MAX_MESSAGE = 65535;
/** Each message has its length in front (RFC 1035 §4.2.2). */
const LENGTH = 2;
/** Replies that a slow reader has not taken: past this many octets its queries wait in the kernel. */
const MOST_UNSENT = 128 << 10;

/**
 * The replies to one chunk of queries. One for all connections of a listener: between two chunks it is empty. A buffer
 * and an entry in a writev for each reply cost a third of a pipelined query's 0.9 µs.
 */
export class TcpReplies {
  /** The reply at hand is written here, and then added: any size fits. */
  readonly room: Buffer = Buffer.allocUnsafeSlow(MAX_MESSAGE);
  readonly #copied: boolean;
  #gathered: Buffer = gatherer();
  #used = 0;

  /** `copied`: for sockets that take whatever is written later, as those of TLS do: each would else keep all the memory. */
  constructor(copied = false) {
    this.#copied = copied;
  }

  /** Adds the reply of so many octets that stands in the room. False when the client must read before more is answered. */
  add(length: number, socket: Socket): boolean {
    if (this.#used + LENGTH + length > this.#gathered.length) this.send(socket);
    const at = this.#used;
    this.#gathered[at] = length >>> 8;
    this.#gathered[at + 1] = length;
    this.room.copy(this.#gathered, at + LENGTH, 0, length);
    this.#used = at + LENGTH + length;
    return socket.writableLength + this.#used < MOST_UNSENT;
  }

  /** Sends what was added. */
  send(socket: Socket): void {
    if (this.#used === 0) return;
    const replies = this.#gathered.subarray(0, this.#used);
    this.#used = 0;
    if (this.#copied || socket.writableLength > 0) {
      // Others wait already, and these may wait long: in memory of their own size.
      socket.write(Buffer.from(replies));
    } else {
      socket.write(replies);
      // The kernel has not taken all of it: until then the memory is the socket's.
      if (socket.writableLength > 0) this.#gathered = gatherer();
    }
  }
}

/** Room for the largest reply, or for all that are gathered. */
function gatherer(): Buffer {
  return Buffer.allocUnsafeSlow(LENGTH + MAX_MESSAGE);
}
