/** Messages out of a stream of octets, each with its length in two octets in front (RFC 1035 §4.2.2, RFC 7766 §8). */

const LENGTH = 2;
/** Room that a connection keeps for a query cut in two; a larger one gets its own, for as long as it takes. */
const ROOM = 512;
const EMPTY: Buffer = Buffer.alloc(0);

/** Cuts a stream of octets into messages. */
export class Framer {
  /** A message that has come in part, with its length in front; grown to what the length says, never more. */
  #partial: Buffer = EMPTY;
  #have = 0;

  /** A message has come in part. */
  get partial(): boolean {
    return this.#have > 0;
  }

  /**
   * Hands each whole message of the chunk, and what was left of the ones before, to `each`. When that gives false, what
   * follows is returned, to be given again later; undefined when all was taken.
   */
  take(chunk: Uint8Array, each: (message: Uint8Array, length: number) => boolean): Uint8Array | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#have === 0 && chunk.length - at >= LENGTH) {
        const length = (chunk[at] << 8) | chunk[at + 1];
        if (chunk.length - at >= LENGTH + length) {
          at += LENGTH + length;
          if (!each(chunk.subarray(at - length, at), length)) return rest(chunk, at);
          continue;
        }
      }
      at = this.#gather(chunk, at);
      if (this.#have < LENGTH || this.#have < this.#wanted()) continue;
      const message: Uint8Array = this.#partial.subarray(LENGTH, this.#have);
      this.#have = 0;
      if (this.#partial.length > ROOM) this.#partial = EMPTY;
      if (!each(message, message.length)) return rest(chunk, at);
    }
    return undefined;
  }

  #wanted(): number {
    return LENGTH + this.#partial.readUInt16BE(0);
  }

  /** Copies octets of a message that is not whole yet. */
  #gather(chunk: Uint8Array, from: number): number {
    if (this.#partial.length < LENGTH) this.#partial = Buffer.alloc(ROOM);
    const wanted = this.#have < LENGTH ? LENGTH : this.#wanted();
    if (wanted > this.#partial.length) {
      const larger = Buffer.alloc(wanted);
      larger.set(this.#partial.subarray(0, this.#have));
      this.#partial = larger;
    }
    const taken = Math.min(wanted - this.#have, chunk.length - from);
    this.#partial.set(chunk.subarray(from, from + taken), this.#have);
    this.#have += taken;
    return from + taken;
  }
}

function rest(chunk: Uint8Array, at: number): Uint8Array | undefined {
  return at < chunk.length ? chunk.subarray(at) : chunk.subarray(chunk.length);
}
