/** Times in seconds with the units of BIND's master files: 3600, 1h30m, 1W2D. */

import { failExpected } from "./fields/expected.ts";
import type { Scanner } from "./scanner.ts";

const MAX_TTL = 0xffff_ffff;
const LOWER_CASE = 0x20;
/** Far over MAX_TTL, and still exact when a digit or a unit is added. */
const CAP = 2 ** 40;

/** Seconds in each unit, by its lower-case letter. */
const seconds = new Uint32Array(256);
seconds[0x73] = 1;
seconds[0x6d] = 60;
seconds[0x68] = 3600;
seconds[0x64] = 86_400;
seconds[0x77] = 604_800;

/**
 * The TTL in bytes[start, end), in seconds: digits alone, or groups of digits each with a unit (s, m, h, d, w in any
 * case). Returns -1 when the token is no TTL, -2 when it is over 2^32-1.
 */
export function ttlAt(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  let group = 0;
  let digits = 0;
  let units = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48;
    if (digit >= 0 && digit <= 9) {
      group = Math.min(group * 10 + digit, CAP);
      digits++;
      continue;
    }
    const unit = seconds[bytes[i] | LOWER_CASE];
    if (unit === 0 || digits === 0) return -1;
    total = Math.min(total + group * unit, CAP);
    group = 0;
    digits = 0;
    units++;
  }
  if (digits === 0 ? units === 0 : units > 0) return -1;
  total += group;
  return total > MAX_TTL ? -2 : total;
}

/** The current token as a TTL in seconds. Throws TextError when it is none, or over 2^32-1. */
export function ttlFromToken(input: Scanner): number {
  const ttl = ttlAt(input.bytes, input.start, input.end);
  if (ttl === -1) failExpected(input, "a time in seconds or like 1h30m");
  if (ttl === -2) failExpected(input, `a time of at most ${MAX_TTL} seconds`);
  return ttl;
}
