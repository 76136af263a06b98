/** Escapes of the master file: \DDD is the octet with that decimal value, \X stands for X (RFC 1035 §5.1). */

import { TextError } from "./error.ts";

const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;

/** The octet that the escape at `at` (on the backslash) stands for. Throws TextError for \DDD over 255. */
export function escapedOctet(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at + 1];
  if (at + 1 >= end) throw new TextError(at, 'a "\\" with nothing after it');
  if (first < ZERO || first > NINE) return first;
  const second = at + 3 < end ? bytes[at + 2] : 0;
  const third = at + 3 < end ? bytes[at + 3] : 0;
  if (second < ZERO || second > NINE || third < ZERO || third > NINE) {
    throw new TextError(at, "\\DDD needs three decimal digits");
  }
  const octet = (first - ZERO) * 100 + (second - ZERO) * 10 + (third - ZERO);
  if (octet > 255) throw new TextError(at, `\\${octet} is over \\255`);
  return octet;
}

/** How many bytes the escape at `at` takes: 4 for \DDD, 2 for \X. */
export function escapeLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1];
  return first >= ZERO && first <= NINE ? 4 : 2;
}

/** An octet as it is written in a label or character-string: itself, \X for the special ones, else \DDD. */
export function octetToText(octet: number, special: string): string {
  if (octet < 33 || octet > 126) {
    if (octet === 32 && !special.includes(" ")) return " ";
    return `\\${String(octet).padStart(3, "0")}`;
  }
  const char = String.fromCharCode(octet);
  return octet === BACKSLASH || special.includes(char) ? `\\${char}` : char;
}
