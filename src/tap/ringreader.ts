/** The reading side of the ring that an answering thread writes (answer/tapring.ts). */

import { Field, RECORD_HEAD, RecordFlag, RING_HEAD, Ring, SKIP } from "../answer/tapring.ts";

/** An exchange as it was taken from a ring. Its octets are the ring's own: good until the call that it is given to returns. */
export interface TapRecord {
  /** Bits: see Output. */
  readonly outputs: number;
  readonly stream: boolean;
  readonly encrypted: boolean;
  /** The client's, 4 octets or 16. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Which of the server's addresses was asked; past the last one when nobody knows. */
  readonly asked: number;
  /** When it was answered, in milliseconds since 1970 with their fractions, and how long that took. */
  readonly time: number;
  readonly microseconds: number;
  readonly query: Uint8Array;
  readonly reply: Uint8Array;
}

export class RingReader {
  readonly #words: Uint32Array;
  readonly #positions: Int32Array;
  readonly #view: DataView;
  readonly #octets: Uint8Array;
  readonly #size: number;
  #read: number;
  #damaged = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.#positions = new Int32Array(memory);
    this.#view = new DataView(memory);
    this.#octets = new Uint8Array(memory);
    this.#size = memory.byteLength - RING_HEAD;
    this.#read = Atomics.load(this.#positions, Ring.READ) >>> 0;
  }

  /** Records that there was no room for, by the outputs that they were for. */
  dropped(outputs: number): number {
    return this.#words[Ring.DROPPED + outputs];
  }

  /** How often the ring had to be emptied unread. */
  get damaged(): number {
    return this.#damaged;
  }

  /** Hands over records, so many at most; how many there were. Their room is the writer's again afterwards. */
  drain(most: number, each: (record: TapRecord) => void): number {
    const written = Atomics.load(this.#positions, Ring.WRITTEN) >>> 0;
    let count = 0;
    while (this.#read !== written && count < most) {
      const at = this.#read & (this.#size - 1);
      const start = RING_HEAD + at;
      const length = this.#words[start >>> 2];
      if (length === SKIP) {
        this.#read = (this.#read + this.#size - at) >>> 0;
        continue;
      }
      const waiting = (written - this.#read) >>> 0;
      if (!this.#isWhole(start, length, Math.min(waiting, this.#size - at))) {
        // Two threads have written it: one that was given up while it hung has come round. All that is there may be wrong.
        this.#damaged++;
        this.#read = written;
        break;
      }
      each(this.#record(start));
      this.#read = (this.#read + length) >>> 0;
      count++;
    }
    Atomics.store(this.#positions, Ring.READ, this.#read | 0);
    return count;
  }

  #isWhole(start: number, length: number, room: number): boolean {
    if (length < RECORD_HEAD || length > room || length % 8 !== 0) return false;
    return RECORD_HEAD + this.#short(start + Field.QUERY) + this.#short(start + Field.REPLY) <= length;
  }

  #short(at: number): number {
    return this.#view.getUint16(at, LITTLE);
  }

  #record(start: number): TapRecord {
    const octets = this.#octets;
    const flags = octets[start + Field.FLAGS];
    const query = start + RECORD_HEAD;
    const reply = query + this.#short(start + Field.QUERY);
    const address = start + Field.ADDRESS;
    return {
      outputs: octets[start + Field.OUTPUTS],
      stream: (flags & RecordFlag.STREAM) !== 0,
      encrypted: (flags & RecordFlag.ENCRYPTED) !== 0,
      address: octets.subarray(address, address + ((flags & RecordFlag.IPV6) !== 0 ? 16 : 4)),
      port: this.#short(start + Field.PORT),
      asked: this.#short(start + Field.ASKED),
      time: this.#view.getFloat64(start + Field.TIME, LITTLE),
      microseconds: this.#view.getFloat32(start + Field.MICROSECONDS, LITTLE),
      query: octets.subarray(query, reply),
      reply: octets.subarray(reply, reply + this.#short(start + Field.REPLY)),
    };
  }
}

/** The ring is written in the machine's own order. */
const LITTLE: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
