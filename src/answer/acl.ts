/**
 * Who may ask, by prefix: the longest one that covers an address decides, and whoever none covers is allowed.
 *
 * The prefixes are made into the addresses at which the verdict turns, in order. So a look is a binary search, and the
 * verdict is whether the number of turns up to the address is odd: nothing else is kept, and nothing is allocated.
 */

import { readU32 } from "../wire/header.ts";

/** One prefix, allowed or denied. The bits of its octets past the length are zero. */
export interface AclRule {
  readonly allow: boolean;
  /** 4 octets, or 16. */
  readonly octets: Uint8Array;
  readonly length: number;
}

/** What threads are given: one copy for all of them. */
export interface AclTable {
  readonly ipv4: Turns;
  readonly ipv6: Turns;
}

/** The turns of one family. */
interface Turns {
  /** A word for each turn in IPv4, four in IPv6; rising. */
  readonly at: Uint32Array;
  /** For each value of the first bits of an address: how many turns are before it; and all, at the end. */
  readonly index: Uint32Array;
  /** How far the first word is shifted for the index. */
  readonly shift: number;
}

/** Words of an IPv6 address. */
const WORDS = 4;
/** 64 Ki places are 256 KiB; more of them would miss the caches more often than they save steps. */
const MOST_INDEX_BITS = 16;

/** Makes the table of some rules; of two with the same prefix, the later one counts. */
export function aclTable(rules: readonly AclRule[]): AclTable {
  return { ipv4: turnsOf(rules, 4), ipv6: turnsOf(rules, 16) };
}

/** A prefix as its first and last address. */
interface Range {
  readonly allow: boolean;
  readonly first: bigint;
  readonly last: bigint;
}

function turnsOf(rules: readonly AclRule[], octets: number): Turns {
  const ranges = new Map<string, Range>();
  for (const rule of rules) {
    if (rule.octets.length !== octets) continue;
    const hex = Buffer.from(rule.octets).toString("hex");
    const first = BigInt(`0x${hex}`);
    const last = first + (1n << BigInt(octets * 8 - rule.length)) - 1n;
    ranges.set(`${hex}/${rule.length}`, { allow: rule.allow, first, last });
  }
  // What covers others comes before them.
  const sorted = [...ranges.values()].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const at = wordsOf(turnsAmong(verdicts(sorted), 1n << BigInt(octets * 8)), octets / 4);
  return { at, ...indexOf(at, octets / 4) };
}

type Verdict = readonly [from: bigint, allow: boolean];

/** From which address on which verdict holds: rising, and of two for one address the later counts. */
function verdicts(sorted: readonly Range[]): Verdict[] {
  const all: Verdict[] = [];
  const around: Range[] = [];
  const leave = (before?: bigint) => {
    for (let inner = around.at(-1); inner && (before === undefined || inner.last < before); inner = around.at(-1)) {
      around.pop();
      all.push([inner.last + 1n, around.at(-1)?.allow ?? true]);
    }
  };
  for (const range of sorted) {
    leave(range.first);
    around.push(range);
    all.push([range.first, range.allow]);
  }
  leave();
  return all;
}

/** Where the verdict really turns; it begins with "allowed". */
function turnsAmong(verdicts: readonly Verdict[], end: bigint): bigint[] {
  const turns: bigint[] = [];
  let allowed = true;
  verdicts.forEach(([from, allow], i) => {
    if (allow === allowed || from === verdicts[i + 1]?.[0] || from >= end) return;
    turns.push(from);
    allowed = allow;
  });
  return turns;
}

function wordsOf(turns: readonly bigint[], words: number): Uint32Array {
  const table = shared(turns.length * words);
  turns.forEach((at, turn) => {
    for (let word = 0; word < words; word++) {
      table[turn * words + word] = Number((at >> BigInt(32 * (words - 1 - word))) & 0xffffffffn);
    }
  });
  return table;
}

/** About two places for each turn: an address's first bits leave few turns to look at. */
function indexOf(at: Uint32Array, words: number): Omit<Turns, "at"> {
  const turns = at.length / words;
  const bits = Math.min(MOST_INDEX_BITS, 33 - Math.clz32(turns));
  const shift = 32 - bits;
  const index = shared((1 << bits) + 1);
  for (let turn = 0; turn < turns; turn++) index[(at[turn * words] >>> shift) + 1]++;
  for (let place = 1; place < index.length; place++) index[place] += index[place - 1];
  return { index, shift };
}

function shared(words: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(words * 4));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Looks addresses up. Addresses from anywhere, medians of nine: with 10,000 prefixes in each family 15 to 30 ns in IPv4
 * (a binary search without the index took 460), and about 100 in IPv6; with ten, 14. Without an ACL there is no look.
 */
export class Acl {
  readonly #ipv4: Turns;
  readonly #ipv6: Turns;

  constructor({ ipv4, ipv6 }: AclTable) {
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
  }

  /** Whether whoever has this address, 4 octets or 16, is to get nothing. */
  denies(address: Uint8Array): boolean {
    return ((address.length === 4 ? turns4(this.#ipv4, address) : turns6(this.#ipv6, address)) & 1) === 1;
  }
}

/** How many turns are at or before the address. */
function turns4({ at, index, shift }: Turns, address: Uint8Array): number {
  const value = readU32(address, 0);
  let low = index[value >>> shift];
  let high = index[(value >>> shift) + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function turns6({ at, index, shift }: Turns, address: Uint8Array): number {
  const first = readU32(address, 0);
  let low = index[first >>> shift];
  let high = index[(first >>> shift) + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const word = at[middle * WORDS];
    if (word < first || (word === first && restAtMost(at, middle * WORDS, address))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a turn whose first word is the address's is at or before it. */
function restAtMost(turns: Uint32Array, at: number, address: Uint8Array): boolean {
  for (let word = 1; word < WORDS; word++) {
    const value = readU32(address, word * 4);
    if (turns[at + word] !== value) return turns[at + word] < value;
  }
  return true;
}
