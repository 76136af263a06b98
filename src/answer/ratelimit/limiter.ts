/**
 * Response rate limiting: whether a reply may go out, by what clients of the same prefix have got of its kind. Whoever asks
 * with a forged address so does little harm to its owner, who still can be answered: over TCP, or with a cookie.
 */

import { HalfSipHash } from "../../wire/halfsiphash.ts";
import { readU32 } from "../../wire/header.ts";
import { Count } from "../counters.ts";
import type { Exchange } from "../exchange.ts";
import { Calm } from "./calm.ts";
import { Exempt, type ExemptPrefix, maskOf } from "./exempt.ts";
import { countedName, Kind, kindOf } from "./kind.ts";
import { NewsWriter } from "./news.ts";
import { Charge, LimitTable } from "./table.ts";

/** What the threads are given. */
export interface LimitSetup {
  /** For all threads: see table.ts, calm.ts and news.ts. */
  readonly table: SharedArrayBuffer;
  readonly calm: SharedArrayBuffer;
  readonly news: SharedArrayBuffer;
  /** 8 octets that nobody else knows: nobody can then choose an account, be it to have another one's thrown out. */
  readonly key: Uint8Array;
  /** Replies a second, by Kind; 0 is without limit. */
  readonly rates: readonly number[];
  readonly window: number;
  readonly slip: number;
  /** Who has sent a client's cookie has to show a server's. */
  readonly demandCookies: boolean;
  /** Counts and tells, and lets all replies go. */
  readonly logOnly: boolean;
  /** Bits of an address that make a prefix. */
  readonly ipv4: number;
  readonly ipv6: number;
  readonly exempt: readonly ExemptPrefix[];
}

/** What is to become of a reply. */
export const Verdict = {
  PASS: 0,
  DROP: 1,
  /** A short one with TC goes in its place. */
  SLIP: 2,
  /** BADCOOKIE and a cookie go in its place. */
  COOKIE: 3,
} as const;

/** The family in the key's last word, above the kind; the type is above that. */
const IPV6 = 8;

export class RateLimiter {
  readonly #setup: LimitSetup;
  readonly #table: LimitTable;
  readonly #calm: Calm;
  readonly #news: NewsWriter;
  readonly #exempt: Exempt;
  readonly #digest: HalfSipHash;
  readonly #masks: Int32Array;
  readonly #seeds: Int32Array;
  readonly #address = new Int32Array(4);
  readonly #key = new Int32Array(4);
  readonly #hash = new Int32Array(2);

  constructor(setup: LimitSetup) {
    this.#setup = setup;
    this.#table = new LimitTable(setup.table, setup.window, setup.slip);
    this.#calm = new Calm(setup.calm, setup.rates, setup.window);
    this.#seeds = seedsOf(setup.key);
    this.#news = new NewsWriter(setup.news);
    this.#exempt = new Exempt(setup.exempt);
    this.#digest = new HalfSipHash(setup.key);
    this.#masks = Int32Array.of(maskOf(setup.ipv4), maskOf(setup.ipv6), maskOf(setup.ipv6 - 32));
  }

  /** Counts the reply that stands in the exchange, and judges it. */
  judge(x: Exchange): number {
    const ipv6 = this.#readAddress(x.client.address());
    if (this.#calm.passes(this.#prefixHash(), x.client.taken ?? 0)) return Verdict.PASS;
    if (ipv6 ? this.#exempt.hasIpv6(this.#address) : this.#exempt.hasIpv4(this.#address[0])) return Verdict.PASS;
    const kind = kindOf(x);
    let charge = this.#charge(x, kind, ipv6);
    if (this.#setup.rates[Kind.ALL] !== 0) {
      // Both accounts are charged in any case (BIND).
      const all = this.#charge(x, Kind.ALL, ipv6);
      if (charge === Charge.PAID) charge = all;
    }
    return charge === Charge.PAID ? Verdict.PASS : this.#refuse(x, charge);
  }

  #refuse(x: Exchange, charge: number): number {
    const { demandCookies, logOnly } = this.#setup;
    if (logOnly) {
      x.counters.cells[Count.LIMIT_LOGGED]++;
      return Verdict.PASS;
    }
    if (demandCookies && x.edns.cookieLength > 0 && x.settings.cookies !== undefined) return Verdict.COOKIE;
    return charge === Charge.SLIPS ? Verdict.SLIP : Verdict.DROP;
  }

  #charge(x: Exchange, kind: number, ipv6: boolean): number {
    const rate = this.#setup.rates[kind];
    if (rate === 0) return Charge.PAID;
    const key = this.#key;
    key[2] = countedName(x, kind);
    key[3] = kind | (ipv6 ? IPV6 : 0) | (kind === Kind.ANSWER ? x.type << 16 : 0);
    this.#digest.hash(key, this.#hash);
    const charge = this.#table.charge(this.#hash[0], this.#hash[1], rate, x.client.taken ?? 0, this.#calm.spent);
    if (charge !== Charge.PAID && this.#table.started) {
      this.#news.tell(this.#table.last, this.#hash[0], rate, kind, ipv6, this.#address);
    }
    return charge;
  }

  /** Cheaper than an account's: who has found out what prefixes share a place has found nothing. */
  #prefixHash(): number {
    const key = this.#key;
    const seeds = this.#seeds;
    let hash = Math.imul(key[0] ^ seeds[0], 0x9e3779b1) ^ Math.imul(key[1] ^ seeds[1], 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return hash ^ (hash >>> 13);
  }

  /** Reads the address into words, and its prefix into the key. True for one of IPv6. */
  #readAddress(octets: Uint8Array): boolean {
    const address = this.#address;
    const key = this.#key;
    const masks = this.#masks;
    const ipv6 = octets.length > 4;
    address[0] = readU32(octets, 0);
    if (ipv6) for (let i = 1; i < 4; i++) address[i] = readU32(octets, i * 4);
    key[0] = address[0] & masks[ipv6 ? 1 : 0];
    key[1] = ipv6 ? address[1] & masks[2] : 0;
    return ipv6;
  }
}

function seedsOf(key: Uint8Array): Int32Array {
  return Int32Array.of(readU32(key, 0), readU32(key, 4));
}
