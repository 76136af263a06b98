/** The one wording of "this token is not what belongs here", so that every field reports its errors alike. */

import type { Scanner } from "../scanner.ts";

const SHOWN = 40;

/** Throws a TextError at the current token: what was expected there, and what stands there instead. */
export function failExpected(input: Scanner, what: string): never {
  input.fail(`expected ${what}, got "${shown(input)}"`);
}

/** The current token for an error message, cut where it is long. */
export function shown(input: Scanner): string {
  const text = input.text();
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
