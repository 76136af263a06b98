/** All guards of a step from one version of a zone to the next, as a publisher runs them. */

import { isUnchanged, type ZoneDiff } from "../diffresult.ts";
import type { Zone } from "../image.ts";
import { apexDnskey, apexNs, apexSoa } from "./apex.ts";
import type { Finding, GuardLimits } from "./finding.ts";
import { rrsigEnds } from "./rrsig.ts";
import { empty, shrink } from "./shrink.ts";
import { stepFindings } from "./steps.ts";

/**
 * What the guards find between two versions; of a new zone, only RRSIGs can be wrong. `diff` is that of the two, and
 * `now` is in seconds since 1970. Each guard has one finding at most.
 */
export function deltaGuards(
  before: Zone | undefined,
  after: Zone,
  diff: ZoneDiff,
  limits: GuardLimits,
  now: number,
): Finding[] {
  const ends = rrsigEnds(after, limits.rrsig, now);
  if (!before || isUnchanged(diff)) return ends;
  return oneEach([
    ...empty(before, after),
    ...shrink(before, after, diff, limits.shrink),
    ...apexNs(before, after),
    ...apexSoa(before, after),
    ...apexDnskey(before, after),
    ...stepFindings(before, after, limits.ttl),
    ...ends,
  ]);
}

/** Several findings of one guard as one, where the first of them stands. */
function oneEach(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ guard }) => guard)].map(([guard, group]) => ({
    guard,
    found: group.map(({ found }) => found).join("; "),
    examples: group.flatMap(({ examples }) => examples),
  }));
}
