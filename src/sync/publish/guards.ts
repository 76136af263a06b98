/** Guards, and who has said that what they found is meant. */

import { GUARDS } from "../../zone/delta/finding.ts";
import type { Override } from "../manifest/manifest.ts";

/** Guards of publishing itself, beside those that compare two versions. */
const OWN = ["unreadable", "mass-removal"] as const;

/** All names that --allow takes. */
export const ALLOWABLE: readonly string[] = [...GUARDS, ...OWN];

/** What a guard has found. Without a guard's name, nobody can say that it is meant. */
export interface Objection {
  readonly guard: string | undefined;
  /** A sentence, without a full stop. */
  readonly found: string;
}

/** Splits what was found: what is overridden by name, to be recorded, and what stands. */
export function judge(
  objections: readonly Objection[],
  allow: ReadonlySet<string>,
): { readonly overrides: readonly Override[]; readonly standing: readonly Objection[] } {
  const overrides: Override[] = [];
  const standing: Objection[] = [];
  for (const objection of objections) {
    const { guard, found } = objection;
    if (guard !== undefined && allow.has(guard)) overrides.push({ guard, found });
    else standing.push(objection);
  }
  return { overrides, standing };
}
