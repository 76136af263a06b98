/**
 * The gate as the kernel runs it: a program of classic BPF (SO_ATTACH_FILTER, which needs no rights) that looks at each
 * datagram before it is put into a socket's queue, and lets it in or not: by its source, and by the name it asks for.
 *
 * It has no memory but its own instructions, so what is thought of all buckets stands in them: a tree of comparisons
 * leads to the word that holds a bucket's bits. 2,400 instructions, of which a datagram runs 60.
 */

import { type Assembly, Code } from "./assembly.ts";
import { BUCKET_BITS, BUCKETS, CLASSES, Grade, NAME_AT, NAME_OCTETS, NAMED, type Secret, SMALL } from "./bucket.ts";

/** The network header, and a random number (SKF_NET_OFF, SKF_AD_OFF + SKF_AD_RANDOM). */
const NETWORK = -0x100000;
const RANDOM: number = -0x1000 + 56;
const IPV4_SOURCE = 12;
const IPV6_SOURCE = 8;
/** A socket's filter sees the datagram from here on. */
const UDP_HEADER = 8;
const ALL = 0xffffffff;
/** Cells of the program's scratch memory. */
const GRADE = 0;
const BUCKET = 1;
/** So many words of a tree, with their comparisons, take 191 instructions. */
const NEAR = 64;

/** What there is to be let in. */
export interface Rules {
  /** Of each bucket of prefixes. */
  readonly grades: Uint8Array;
  /** Of each bucket of names (Name); undefined where names are not looked at. */
  readonly names: Uint8Array | undefined;
  /** By class: the part that is let in. */
  readonly shares: Float64Array;
}

/** Writes the program; `assembly` then holds it. */
export function writeProgram(
  assembly: Assembly,
  ipv6: boolean,
  secret: Secret,
  { grades, names, shares }: Rules,
): void {
  assembly.clear();
  if (ipv6) hashIpv6(assembly, secret);
  else hashIpv4(assembly, secret);
  lookUp(assembly, grades, 2);
  assembly.add(Code.STORE, GRADE);
  if (names) byName(assembly, secret, names, shares[NAMED]);
  for (let grade = 0; grade < CLASSES; grade++) {
    if (grade === NAMED) continue;
    // load random, compare, in, out.
    assembly.add(Code.IF_EQUAL, grade, 0, 4);
    judge(assembly, shares[grade]);
  }
  assembly.add(Code.RETURN, ALL);
}

function hashIpv4(assembly: Assembly, { seed, first }: Secret): void {
  assembly.add(Code.LOAD, NETWORK + IPV4_SOURCE);
  assembly.add(Code.RIGHT, 8);
  assembly.add(Code.XOR, seed);
  assembly.add(Code.MULTIPLY, first);
}

function hashIpv6(assembly: Assembly, { seed, first, second, third }: Secret): void {
  assembly.add(Code.LOAD, NETWORK + IPV6_SOURCE);
  assembly.add(Code.XOR, seed);
  assembly.add(Code.MULTIPLY, first);
  assembly.add(Code.TO_X, 0);
  assembly.add(Code.LOAD, NETWORK + IPV6_SOURCE + 4);
  assembly.add(Code.RIGHT, 8);
  assembly.add(Code.MULTIPLY, second);
  assembly.add(Code.XOR_X, 0);
  assembly.add(Code.MULTIPLY, third);
}

/** Judges a light or heavy one here, when its name is known. The grade is in A before and after. */
function byName(assembly: Assembly, secret: Secret, names: Uint8Array, share: number): void {
  const past: number[] = [];
  for (const grade of [Grade.KNOWN, Grade.FLOOD]) {
    assembly.add(Code.IF_EQUAL, grade, 0, 1);
    past.push(assembly.jump());
  }
  assembly.add(Code.LOAD_LENGTH, 0);
  assembly.add(Code.IF_ABOVE, UDP_HEADER + NAME_AT + NAME_OCTETS - 1, 1, 0);
  past.push(assembly.jump());
  assembly.add(Code.LOAD_CONSTANT, secret.seed);
  for (const [i, factor] of [secret.first, secret.second, secret.third].entries()) {
    assembly.add(Code.TO_X, 0);
    assembly.add(Code.LOAD, UDP_HEADER + NAME_AT + i * 4);
    assembly.add(Code.OR, SMALL);
    assembly.add(Code.XOR_X, 0);
    assembly.add(Code.MULTIPLY, factor);
  }
  lookUp(assembly, names, 1);
  assembly.add(Code.IF_EQUAL, 1, 0, 4);
  judge(assembly, share);
  for (const jump of past) assembly.land(jump);
  assembly.add(Code.LOAD_MEMORY, GRADE);
}

/** Four instructions: lets in a share of all. */
function judge(assembly: Assembly, share: number): void {
  assembly.add(Code.LOAD, RANDOM);
  assembly.add(Code.IF_ABOVE, limitOf(share), 1, 0);
  assembly.add(Code.RETURN, ALL);
  assembly.add(Code.RETURN, 0);
}

/** Random words above it are left out. */
function limitOf(share: number): number {
  return share >= 1 ? ALL : Math.max(0, Math.floor(share * 2 ** 32) - 1);
}

/** Where A was a hash, it is the value of the hash's bucket, or so many bits of it: 1 or 2. */
function lookUp(assembly: Assembly, values: Uint8Array, bits: number): void {
  const perWord = 32 / bits;
  const mask = (1 << bits) - 1;
  assembly.add(Code.RIGHT, 32 - BUCKET_BITS);
  assembly.add(Code.STORE, BUCKET);
  assembly.add(Code.AND, perWord - 1);
  assembly.add(Code.LEFT, bits - 1);
  assembly.add(Code.TO_X, 0);
  assembly.add(Code.LOAD_MEMORY, BUCKET);
  assembly.add(Code.RIGHT, Math.log2(perWord));
  const word = (index: number) => {
    let value = 0;
    for (let i = 0; i < perWord; i++) value |= (values[index * perWord + i] & mask) << (i * bits);
    return value >>> 0;
  };
  const ends: number[] = [];
  tree(assembly, word, 0, BUCKETS / perWord, ends);
  for (const end of ends) assembly.land(end);
  assembly.add(Code.RIGHT_X, 0);
  assembly.add(Code.AND, mask);
}

/** Loads the word that A, one of [from, to), says. The jumps in `ends` are to be landed. */
function tree(assembly: Assembly, word: (index: number) => number, from: number, to: number, ends: number[]): void {
  if (to - from === 1) {
    assembly.add(Code.LOAD_CONSTANT, word(from));
    ends.push(assembly.jump());
    return;
  }
  const middle = (from + to) >>> 1;
  const above = assembly.ifAbove(middle - 1, middle - from <= NEAR);
  tree(assembly, word, from, middle, ends);
  assembly.land(above);
  tree(assembly, word, middle, to, ends);
}
