/**
 * Who gets how much when more is asked than can be answered. Purely.
 *
 * Those who were known before come first, then known names, whoever asks for them. What is left goes to all prefixes the
 * same, as far as they ask for it (max-min fairness): whoever asks for more than that level is heavy, and gets what the
 * others leave.
 */

import { BUCKETS, CLASSES, Grade, NAMED } from "./bucket.ts";

export interface Demand {
  /** What each bucket of prefixes asks, a second. */
  readonly rates: Float64Array;
  /** 1 for buckets that were known before. */
  readonly known: Uint8Array;
  /** 1 for those of our own addresses. */
  readonly pinned: Uint8Array;
}

/** One that asks for more than this part of what can be answered is a flood, known or not. */
const MOST_OF_ONE: number = 1 / 16;
/** Our own prefixes may ask for more of it: from afar, their addresses can be forged, too. */
const MOST_OF_OURS: number = 1 / 4;
/** Heavy is, who asks for more than so many times the level: what is counted in a second is not exact. */
const ABOVE_LEVEL = 2;
/** In which order they are given what they ask, and the part that is kept for each meanwhile: none is shut out. */
const ORDER = [
  { of: Grade.KNOWN, kept: 0.3 },
  { of: NAMED, kept: 0.2 },
  { of: Grade.LIGHT, kept: 0.1 },
  { of: Grade.HEAVY, kept: 0.05 },
  { of: Grade.FLOOD, kept: 0.02 },
] as const;
/** Of nobody less than this is let in: of whom nothing comes, nothing would be known. */
const LEAST = 1e-5;
/** Halvings in the search for the level. */
const STEPS = 24;

/** Grades all buckets, where `able` is what can be answered, a second. */
export function grade({ rates, known, pinned }: Demand, able: number, grades: Uint8Array): void {
  const heavy = levelOf(rates, able) * ABOVE_LEVEL;
  for (let i = 0; i < BUCKETS; i++) {
    if (rates[i] > able * (pinned[i] === 1 ? MOST_OF_OURS : MOST_OF_ONE)) grades[i] = Grade.FLOOD;
    else if (pinned[i] === 1 || known[i] === 1) grades[i] = Grade.KNOWN;
    else grades[i] = rates[i] > heavy ? Grade.HEAVY : Grade.LIGHT;
  }
}

/** The part of what each class asks that is to be let in, so that no more than `able` are, a second. */
export function divide(asked: Float64Array, able: number, shares: Float64Array): void {
  let left = able;
  for (const { of, kept } of ORDER) left -= Math.min(asked[of], able * kept);
  for (const { of, kept } of ORDER) {
    left += Math.min(asked[of], able * kept);
    shares[of] = asked[of] <= left ? 1 : Math.max(LEAST, left / asked[of]);
    left -= shares[of] * asked[of];
  }
  evenOut(asked, shares);
}

/**
 * Where the light ask for more than there is, many of them are heavy and not found out yet: they come before the heavy
 * only as far as all of them can be let in.
 */
function evenOut(asked: Float64Array, shares: Float64Array): void {
  const { LIGHT, HEAVY } = Grade;
  if (shares[LIGHT] === 1) return;
  const given = shares[LIGHT] * asked[LIGHT] + shares[HEAVY] * asked[HEAVY];
  shares[LIGHT] = given / (asked[LIGHT] + asked[HEAVY]);
  shares[HEAVY] = shares[LIGHT];
}

/** The level at which all buckets, each as far as it asks, get what can be answered. */
function levelOf(rates: Float64Array, able: number): number {
  let low = 0;
  let high = able;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (let i = 0; i < BUCKETS; i++) sum += Math.min(rates[i], middle);
    if (sum > able) high = middle;
    else low = middle;
  }
  return low;
}

/** An array for a value of each class. */
export function ofClasses(value: number): Float64Array {
  return new Float64Array(CLASSES).fill(value);
}
