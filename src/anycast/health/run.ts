/** How often in a row one check has come out as it did. */

import type { Outcome, Severity } from "./verdict.ts";

/** A row ends with the first outcome that is not of its kind. */
export interface Run {
  readonly good: number;
  /** Good or wrong: somebody answered, and it was this POP. */
  readonly answered: number;
  /** Wrong or hard, by their weight. */
  readonly bad: number;
  readonly hard: number;
  /** Why it is bad. */
  readonly why: string | undefined;
}

export const UNASKED: Run = { good: 0, answered: 0, bad: 0, hard: 0, why: undefined };

/** The run with one outcome more. */
export function counted(run: Run, outcome: Outcome): Run {
  const { good, answered, bad, hard } = run;
  if (outcome.ok) return { good: good + 1, answered: answered + 1, bad: 0, hard: 0, why: undefined };
  const { severity, why, weight = 1 } = outcome;
  // What may be nothing but a lost answer does not end a row of good ones.
  const kept = weight < 1 ? { good, answered } : { good: 0, answered: 0 };
  if (severity === "hard") return { ...kept, bad: bad + weight, hard: hard + weight, why };
  return { ...kept, answered: answered + 1, bad: bad + weight, hard: 0, why };
}

/** Good outcomes of before do not count from now on. */
export function begunAnew(run: Run): Run {
  return { ...run, good: 0, answered: 0 };
}

/** What the run has come to after so many failures. Some hard ones among wrong ones are no more than wrong. */
export function failed(run: Run, fall: number): Severity | undefined {
  if (run.hard >= fall) return "hard";
  return run.bad >= fall ? "wrong" : undefined;
}
