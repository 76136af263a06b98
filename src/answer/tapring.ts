/**
 * A ring in shared memory through which an answering thread gives copies of exchanges away: one thread writes, one
 * reads (tap/ringreader.ts), and neither ever waits for the other. What does not fit is counted and forgotten.
 *
 * A record is at one stretch, its length a multiple of 8; the rest of the ring at its end, where a record does not fit,
 * is passed over by one that says SKIP. Positions only ever grow, modulo 2^32, so that a full ring is no empty one. They
 * are published by Atomics: what is before `written` is there to be read, what is before `read` may be written again.
 */

import { copyOctets } from "../wire/octets.ts";

/**
 * Words of 32 bits in front of the records: positions a cache line each, as two threads write them; and how many records
 * were dropped, by the outputs that they were for.
 */
export const Ring = { WRITTEN: 0, READ: 16, DROPPED: 32 } as const;
/** Octets of those. */
export const RING_HEAD = 192;
/** Where the parts of a record are, in octets from its start. The address takes 4 octets or 16. */
export const Field = {
  LENGTH: 0,
  OUTPUTS: 4,
  FLAGS: 5,
  PORT: 6,
  TIME: 8,
  MICROSECONDS: 16,
  QUERY: 20,
  REPLY: 22,
  ASKED: 24,
  ADDRESS: 32,
} as const;
/** Octets in front of the query, which the reply follows. */
export const RECORD_HEAD = 48;
export const RecordFlag = { IPV6: 1, STREAM: 2, ENCRYPTED: 4 } as const;
/** Outputs that a record may be for: bits. */
export const Output = { QUERYLOG: 1, DNSTAP: 2 } as const;
/** A record's length where there is none: the next one is at the ring's start. */
export const SKIP = 0xffffffff;

/** A record's place and length are rounded to this. */
const ALIGN = 8;

/** Shared memory for a ring of so many octets, a power of two; no record may be longer than half of it. */
export function ringMemory(octets: number): SharedArrayBuffer {
  return new SharedArrayBuffer(RING_HEAD + octets);
}

/** The side of the thread that answers. */
export class TapRing {
  readonly #words: Uint32Array;
  /** The same words as Atomics takes them. */
  readonly #positions: Int32Array;
  readonly #shorts: Uint16Array;
  readonly #times: Float64Array;
  readonly #spans: Float32Array;
  readonly #octets: Uint8Array;
  readonly #size: number;
  #written: number;
  /** As last seen: it is looked at again when there is no room. */
  #read: number;

  /** Goes on where whoever wrote before has stopped: what that one had not published is gone. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.#positions = new Int32Array(memory);
    this.#shorts = new Uint16Array(memory);
    this.#times = new Float64Array(memory);
    this.#spans = new Float32Array(memory);
    this.#octets = new Uint8Array(memory);
    this.#size = memory.byteLength - RING_HEAD;
    this.#written = Atomics.load(this.#positions, Ring.WRITTEN) >>> 0;
    this.#read = Atomics.load(this.#positions, Ring.READ) >>> 0;
  }

  /**
   * Makes room for a record for these outputs, whose parts the caller then writes by `set` methods before it publishes it.
   * Returns the offset of its start in the memory; -1, and one more that was dropped, when there is no room.
   */
  reserve(outputs: number, query: number, reply: number): number {
    const length = (RECORD_HEAD + query + reply + ALIGN - 1) & -ALIGN;
    const at = this.#written & (this.#size - 1);
    const rest = this.#size - at;
    const needed = length <= rest ? length : rest + length;
    if (length > this.#size >>> 1 || !this.#fits(needed)) {
      this.#words[Ring.DROPPED + outputs]++;
      return -1;
    }
    if (length > rest) {
      this.#words[(RING_HEAD + at) >>> 2] = SKIP;
      this.#written = (this.#written + rest) >>> 0;
    }
    const start = RING_HEAD + (this.#written & (this.#size - 1));
    this.#words[start >>> 2] = length;
    this.#octets[start + Field.OUTPUTS] = outputs;
    this.#shorts[(start + Field.QUERY) >>> 1] = query;
    this.#shorts[(start + Field.REPLY) >>> 1] = reply;
    return start;
  }

  #fits(octets: number): boolean {
    if (((this.#written - this.#read) >>> 0) + octets <= this.#size) return true;
    this.#read = Atomics.load(this.#positions, Ring.READ) >>> 0;
    return ((this.#written - this.#read) >>> 0) + octets <= this.#size;
  }

  /** Who asked, and which of the server's addresses by its number. */
  setClient(start: number, address: Uint8Array, port: number, flags: number, asked: number): void {
    const ipv6 = address.length > 4;
    this.#octets[start + Field.FLAGS] = flags | (ipv6 ? RecordFlag.IPV6 : 0);
    this.#shorts[(start + Field.PORT) >>> 1] = port;
    this.#shorts[(start + Field.ASKED) >>> 1] = asked;
    copyOctets(address, 0, this.#octets, start + Field.ADDRESS, ipv6 ? 16 : 4);
  }

  /** When it was answered, in milliseconds since 1970, and how many microseconds that took. */
  setTime(start: number, time: number, microseconds: number): void {
    this.#times[(start + Field.TIME) >>> 3] = time;
    this.#spans[(start + Field.MICROSECONDS) >>> 2] = microseconds;
  }

  setMessages(start: number, query: Uint8Array, length: number, reply: Uint8Array, octets: number): void {
    copyOctets(query, 0, this.#octets, start + RECORD_HEAD, length);
    copyOctets(reply, 0, this.#octets, start + RECORD_HEAD + length, octets);
  }

  /** Lets the reader have what was reserved last. */
  publish(start: number): void {
    this.#written = (this.#written + this.#words[start >>> 2]) >>> 0;
    Atomics.store(this.#positions, Ring.WRITTEN, this.#written | 0);
  }
}
