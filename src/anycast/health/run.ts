/** How often in a row one check has come out as it did. */

import type { Outcome, Severity } from "./verdict.ts";

/** A row ends with the first outcome that is not of its kind. */
export interface Run {
  readonly good: number;
  /** Good or wrong: somebody answered, and it was this POP. */
  readonly answered: number;
  /** Wrong or hard. */
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
  const { severity, why } = outcome;
  if (severity === "wrong") return { good: 0, answered: answered + 1, bad: bad + 1, hard: 0, why };
  return { good: 0, answered: 0, bad: bad + 1, hard: hard + 1, why };
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
