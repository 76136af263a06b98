/** The steps of an explanation, and what the question came to. */

import type { Name } from "../../wire/name.ts";

/** One thing that happened on the way to the answer, and the rule that says so. */
export interface Step {
  readonly rule: string;
  readonly text: string;
}

/** What the search for one name came to. */
export const Outcome = {
  /** Data of the type. */
  ANSWER: "answer",
  /** The name, or its wildcard, has nothing of the type. */
  NODATA: "nodata",
  NXDOMAIN: "nxdomain",
  REFERRAL: "referral",
  CNAME: "cname",
  DNAME: "dname",
  /** A DNAME whose target is too long. */
  TOO_LONG: "too long",
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** One name that was searched for: the question's, or the target of an alias. */
export interface Hop {
  readonly name: Name;
  readonly outcome: Outcome;
  /** The label with which the closest encloser, the cut or the DNAME's owner begins; 0 when the name itself is there. */
  readonly label: number;
  /** The label of the closest encloser whose wildcard stands for the name; -1 when none does. */
  readonly wildcard: number;
  /** Where an alias leads. */
  readonly target?: Name | undefined;
}
