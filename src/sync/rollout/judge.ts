/**
 * Whether a version makes a zone answer worse at a POP. An attack with random names raises NXDOMAIN everywhere, a broken
 * zone only where it is served: so a kind of answer must have grown against what the same POP gave before, and against
 * what POPs with the old version give now.
 */

import type { ZoneCounts } from "../report.ts";

/** Percent points that a kind of answer may grow, the fewest answers that are judged, and seconds that a wave has. */
export interface Limits {
  readonly nxdomain: number;
  readonly servfail: number;
  readonly refused: number;
  readonly queries: number;
  readonly patience: number;
}

export const KINDS = ["servfail", "refused", "nxdomain"] as const;
export type Kind = (typeof KINDS)[number];

/** Percent of the answers. Undefined: there were too few to compare with. */
export interface Jump {
  readonly kind: Kind;
  readonly now: number;
  readonly before: number | undefined;
  readonly others: number | undefined;
  readonly queries: number;
}

/**
 * The worst jump of a zone's answers at a POP; undefined when there is none, or too few answers to tell. `before`: of the
 * same POP under the old version. `others`: of POPs that serve the old version now.
 *
 * With one of both too small, the other decides. With both too small, SERVFAIL and REFUSED are held against none, as a
 * sound zone gives none, and NXDOMAIN is not judged: how many of a zone's answers are that is anybody's guess.
 */
export function judge(
  before: ZoneCounts | undefined,
  now: ZoneCounts,
  others: readonly ZoneCounts[],
  limits: Limits,
): Jump | undefined {
  if (now.queries < limits.queries) return undefined;
  const then = comparable(before === undefined ? [] : [before], limits);
  const elsewhere = comparable(others, limits);
  let worst: Jump | undefined;
  for (const kind of KINDS) {
    const jump = {
      kind,
      now: share(now, kind),
      before: then && share(then, kind),
      others: elsewhere && share(elsewhere, kind),
      queries: now.queries,
    };
    if (isJump(jump, limits[kind]) && (worst === undefined || jump.now > worst.now)) worst = jump;
  }
  return worst;
}

/** Percent of a POP's answers that were of a kind; 0 when there were none. */
export function share(counts: ZoneCounts, kind: Kind): number {
  return counts.queries === 0 ? 0 : (100 * counts[kind]) / counts.queries;
}

/** "answers 31.0 % of 412 queries with SERVFAIL; 0.1 % before, 0.0 % at POPs with the old version". */
export function jumpToText(jump: Jump): string {
  const held = [
    jump.before === undefined ? [] : [`${jump.before.toFixed(1)} % before`],
    jump.others === undefined ? [] : [`${jump.others.toFixed(1)} % at POPs with the old version`],
  ].flat();
  const against = held.length === 0 ? "a sound zone gives none" : held.join(", ");
  return `answers ${jump.now.toFixed(1)} % of ${jump.queries} queries with ${jump.kind.toUpperCase()}; ${against}`;
}

/** What was counted between two reports; the later one itself when counting began anew between them. */
export function between(first: ZoneCounts, last: ZoneCounts): ZoneCounts {
  if (last.queries < first.queries || last.seconds < first.seconds) return last;
  return {
    seconds: last.seconds - first.seconds,
    queries: last.queries - first.queries,
    nxdomain: last.nxdomain - first.nxdomain,
    servfail: last.servfail - first.servfail,
    refused: last.refused - first.refused,
  };
}

/** The sum, when it is large enough to compare with. */
function comparable(counts: readonly ZoneCounts[], limits: Limits): ZoneCounts | undefined {
  const sum = { seconds: 0, queries: 0, nxdomain: 0, servfail: 0, refused: 0 };
  for (const one of counts) {
    sum.seconds += one.seconds;
    sum.queries += one.queries;
    for (const kind of KINDS) sum[kind] += one[kind];
  }
  return sum.queries >= limits.queries && sum.queries > 0 ? sum : undefined;
}

function isJump({ kind, now, before, others }: Jump, limit: number): boolean {
  if (before === undefined && others === undefined) return kind !== "nxdomain" && now > limit;
  return now > Math.max(before ?? 0, others ?? 0) + limit;
}
