/** What can be fuzzed: a name, cases to begin with, and what must hold for any octets. */

import type { Random } from "./random.ts";

/** Checks one case: throws when something that must hold does not. */
export type Check = (input: Uint8Array) => void | Promise<void>;

export interface Target {
  readonly name: string;
  /** Octets that a case has at most. */
  readonly most: number;
  /** Processor seconds that a case may take; 1 when it is not said. */
  readonly slow?: number;
  /** Valid cases, which mutation starts from. */
  readonly seeds: readonly Uint8Array[];
  /** Words of its language, put into cases whole. */
  readonly words: readonly Uint8Array[];
  /** A new valid case, now and then: what mutation alone would take long to find. */
  make?(random: Random): Uint8Array;
  readonly check: Check;
  /** Ends what was opened for it. */
  close?(): Promise<void>;
}

/** How each target's file opens it. */
export type Open = () => Target | Promise<Target>;

/** A text as octets; characters over 127 are taken for octets. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Throws with what is wrong. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
