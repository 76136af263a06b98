/** Octets of a master file as they are written: into one buffer that grows, without a string for each record. */

import { nameToText } from "../text/name.ts";

const DOT = 46;
const ZERO = 48;

/** The octets that stand for themselves in a name, so that most names are copied as they are. */
const plain: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  nameToText(Uint8Array.of(1, octet, 0)).length === 2 ? 1 : 0,
);

export class TextWriter {
  #octets: Buffer;
  length = 0;

  /** `room`: octets to begin with. */
  constructor(room: number) {
    this.#octets = Buffer.allocUnsafeSlow(room);
  }

  /** What has been written, in a buffer of its own; goes on with nothing. */
  take(): Uint8Array {
    const octets = new Uint8Array(this.#octets.subarray(0, this.length));
    this.length = 0;
    return octets;
  }

  /** A text of ASCII. */
  text(text: string): void {
    this.#reserve(text.length);
    this.length += this.#octets.write(text, this.length, "latin1");
  }

  octet(octet: number): void {
    this.#reserve(1);
    this.#octets[this.length++] = octet;
  }

  /** Once more what stands at [from, end). */
  again(from: number, end: number): void {
    this.#reserve(end - from);
    this.#octets.copyWithin(this.length, from, end);
    this.length += end - from;
  }

  /** The uncompressed name at wire[at], as nameToText writes it. Returns the offset after it. */
  name(wire: Uint8Array, at: number): number {
    if (wire[at] === 0) {
      this.octet(DOT);
      return at + 1;
    }
    this.#reserve(256);
    const octets = this.#octets;
    let to = this.length;
    let i = at;
    for (let label = wire[i]; label !== 0; label = wire[i]) {
      const end = ++i + label;
      for (; i < end; i++) {
        const octet = wire[i];
        if (plain[octet] === 0) return this.#oddName(wire, at);
        octets[to++] = octet;
      }
      octets[to++] = DOT;
    }
    this.length = to;
    return i + 1;
  }

  /** A dotted quad. */
  ipv4(octets: Uint8Array, at: number): void {
    this.#reserve(16);
    for (let i = at; i < at + 4; i++) {
      if (i > at) this.#octets[this.length++] = DOT;
      this.#byte(octets[i]);
    }
  }

  /** From 0 to 255, in decimal. */
  #byte(value: number): void {
    if (value > 99) this.#octets[this.length++] = ZERO + Math.floor(value / 100);
    if (value > 9) this.#octets[this.length++] = ZERO + (Math.floor(value / 10) % 10);
    this.#octets[this.length++] = ZERO + (value % 10);
  }

  /** A name with octets that have to be escaped. */
  #oddName(wire: Uint8Array, at: number): number {
    this.text(nameToText(wire, at));
    let i = at;
    while (wire[i] !== 0) i += wire[i] + 1;
    return i + 1;
  }

  #reserve(octets: number): void {
    const needed = this.length + octets;
    if (needed <= this.#octets.length) return;
    const larger = Buffer.allocUnsafeSlow(needed * 2);
    larger.set(this.#octets.subarray(0, this.length));
    this.#octets = larger;
  }
}
