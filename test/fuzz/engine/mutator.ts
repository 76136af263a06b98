/**
 * One case out of another: a few changes at random places, as AFL makes them. Works on one buffer and allocates nothing;
 * a case costs about 0.2 µs, where a fast-check array of octets costs 50 (measured): volume needs the former.
 */

import type { Random } from "./random.ts";

/** Octets at which parsers of ours turn: ends of ranges, kinds of labels, signs, digits, breaks of lines. */
const TURNS: readonly number[] = [
  0, 1, 2, 3, 4, 0x0a, 0x20, 0x22, 0x3f, 0x40, 0x5c, 0x7f, 0x80, 0xc0, 0xc1, 0xfe, 0xff,
];
const WIDE: readonly number[] = [0, 1, 2, 4, 255, 256, 512, 1232, 4096, 0x7fff, 0x8000, 0xc00c, 0xc000, 0xfffe, 0xffff];
const MOST_CHANGES = 6;

export class Mutator {
  /** The case being made is in octets[0, length). */
  readonly octets: Uint8Array;
  length = 0;
  readonly #random: Random;
  readonly #dictionary: readonly Uint8Array[];

  constructor(random: Random, dictionary: readonly Uint8Array[], most: number) {
    this.#random = random;
    this.#dictionary = dictionary;
    this.octets = new Uint8Array(most);
  }

  /** Begins with a case. */
  load(from: Uint8Array): void {
    this.length = Math.min(from.length, this.octets.length);
    for (let i = 0; i < this.length; i++) this.octets[i] = from[i];
  }

  /** Makes one to six changes; `other` is what pieces are borrowed from. */
  change(other: Uint8Array): void {
    const random = this.#random;
    for (let left = 1 + random.below(MOST_CHANGES); left > 0; left--) this.#one(other);
  }

  #one(other: Uint8Array): void {
    const random = this.#random;
    const { octets } = this;
    const at = this.length === 0 ? 0 : random.below(this.length);
    switch (random.below(this.length === 0 ? 3 : 14)) {
      case 0:
        this.#insert(at, this.#word());
        break;
      case 1:
        this.#insert(at, other, random.below(other.length + 1), 1 + random.below(40));
        break;
      case 2:
        this.#noise(at, 1 + random.below(4));
        break;
      case 3:
        octets[at] ^= 1 << random.below(8);
        break;
      case 4:
        octets[at] = random.word();
        break;
      case 5:
        octets[at] = random.pick(TURNS);
        break;
      case 6:
        octets[at] += random.below(9) - 4;
        break;
      case 7:
        this.#wide(at, random.pick(WIDE));
        break;
      case 8:
        this.#wide(at, ((octets[at] << 8) | octets[at + 1]) + random.below(33) - 16);
        break;
      case 9:
        this.#cut(at, 1 + random.below(random.once(4) ? this.length : 4));
        break;
      case 10:
        this.#insert(at, octets.slice(at, at + 1 + random.below(32)));
        break;
      case 11:
        this.#over(at, this.#word());
        break;
      case 12:
        this.#over(at, other, random.below(other.length + 1), 1 + random.below(40));
        break;
      default:
        // The end gone: what a network or a disk does.
        if (random.once(3)) this.length = at;
        else octets[at] = 48 + random.below(10);
    }
  }

  #word(): Uint8Array {
    return this.#random.pick(this.#dictionary);
  }

  #wide(at: number, value: number): void {
    if (at + 2 > this.length) return;
    this.octets[at] = value >>> 8;
    this.octets[at + 1] = value;
  }

  #cut(at: number, count: number): void {
    const end = Math.min(this.length, at + count);
    this.octets.copyWithin(at, end, this.length);
    this.length -= end - at;
  }

  #noise(at: number, count: number): void {
    const room = this.#open(at, count);
    for (let i = 0; i < room; i++) this.octets[at + i] = this.#random.word();
  }

  #insert(at: number, from: Uint8Array, start = 0, count: number = from.length): void {
    const room = this.#open(at, Math.min(count, from.length - start));
    for (let i = 0; i < room; i++) this.octets[at + i] = from[start + i];
  }

  #over(at: number, from: Uint8Array, start = 0, count: number = from.length): void {
    const end = Math.min(this.length - at, count, from.length - start);
    for (let i = 0; i < end; i++) this.octets[at + i] = from[start + i];
  }

  /** Makes room; returns how much. */
  #open(at: number, count: number): number {
    const room = Math.min(count, this.octets.length - this.length);
    if (room <= 0) return 0;
    this.octets.copyWithin(at + room, at, this.length);
    this.length += room;
    return room;
  }
}
