/**
 * Whose queries a POP gets: the busiest prefixes of clients, out of samples, in memory of one size whoever asks.
 *
 * A space-saving sketch (Metwally, Agrawal, El Abbadi, 2005): a prefix that has no counter takes over the smallest one,
 * with its count as what it may be wrong by. What is told is what is certain, the count without that error: with a million
 * prefixes that ask alike, nobody is said to be busy. Counts fade, so that the list is of now.
 */

import { ipv4ToText, ipv6ToText } from "../text/fields/address.ts";

/** A prefix of clients, and its share of all samples (0 to 1). */
export interface PrefixShare {
  readonly prefix: string;
  readonly share: number;
}

const COUNTERS = 512;
/** Milliseconds in which what was counted loses half its weight. */
const HALF_LIFE = 600_000;
/** Prefixes of IPv6 have keys from here on: 48 bits are above all 24 of IPv4. */
const IPV6 = 2 ** 48;
/** Shares have so many steps: more digits say nothing. */
const STEPS = 10_000;

export class Catchment {
  readonly #most: number;
  /** Which counter a prefix has. */
  readonly #places = new Map<number, number>();
  readonly #keys: Float64Array;
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  #total = 0;
  #fadedAt: number;

  /** `now`: milliseconds from any start that never jumps, as all times here. */
  constructor(now: number, most: number = COUNTERS) {
    this.#most = most;
    this.#keys = new Float64Array(most);
    this.#counts = new Float64Array(most);
    this.#errors = new Float64Array(most);
    this.#fadedAt = now;
  }

  /** Counts a client, by its address: IPv4's /24, IPv6's /48. */
  add(address: Uint8Array): void {
    const key = keyOf(address);
    this.#total++;
    const known = this.#places.get(key);
    if (known !== undefined) {
      this.#counts[known]++;
      return;
    }
    const free = this.#places.size;
    const place = free < this.#most ? free : this.#smallest();
    const before = free < this.#most ? 0 : this.#counts[place];
    if (free >= this.#most) this.#places.delete(this.#keys[place]);
    this.#places.set(key, place);
    this.#keys[place] = key;
    this.#errors[place] = before;
    this.#counts[place] = before + 1;
  }

  #smallest(): number {
    const counts = this.#counts;
    let place = 0;
    for (let i = 1; i < counts.length; i++) if (counts[i] < counts[place]) place = i;
    return place;
  }

  /** Lets what was counted fade; to be called now and then. */
  fade(now: number): void {
    const weight = 0.5 ** (Math.max(0, now - this.#fadedAt) / HALF_LIFE);
    this.#fadedAt = now;
    this.#total *= weight;
    for (let i = 0; i < this.#most; i++) {
      this.#counts[i] *= weight;
      this.#errors[i] *= weight;
    }
  }

  /** The busiest, the first one first; those without any certain share are left out. */
  top(most: number): PrefixShare[] {
    const certain = [...this.#places]
      .map(([key, place]) => ({ key, count: this.#counts[place] - this.#errors[place] }))
      .map(({ key, count }) => ({ key, share: Math.round((count / this.#total) * STEPS) / STEPS }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share || a.key - b.key);
    return certain.slice(0, most).map(({ key, share }) => ({ prefix: prefixOf(key), share }));
  }
}

function keyOf(address: Uint8Array): number {
  const high = address[0] * 65_536 + address[1] * 256 + address[2];
  if (address.length === 4) return high;
  return IPV6 + high * 2 ** 24 + address[3] * 65_536 + address[4] * 256 + address[5];
}

function prefixOf(key: number): string {
  const ipv6 = key >= IPV6;
  const bits = ipv6 ? key - IPV6 : key * 2 ** 24;
  const octets = new Uint8Array(16);
  for (let i = 0; i < 6; i++) octets[i] = Math.floor(bits / 2 ** (40 - i * 8)) % 256;
  return ipv6 ? `${ipv6ToText(octets, 0)}/48` : `${ipv4ToText(octets, 0)}/24`;
}
