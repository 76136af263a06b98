/**
 * What the answers of a POP with the new version are held against: those of POPs with the old one, in the same time. What
 * they answered before says nothing of an attack that began since.
 */

import type { Rollout } from "../manifest/manifest.ts";
import type { ZoneCounts } from "../report.ts";
import { between, type Jump, judge, type Limits } from "./judge.ts";
import type { PopView } from "./look.ts";

export interface Compared {
  /** By wave: what POPs with the old version had counted when its first POP was seen to serve the new one. */
  readonly bases: ReadonlyMap<number, ReadonlyMap<string, ZoneCounts>>;
  /** What they had last answered since then: held against when there are none left. */
  readonly others: readonly ZoneCounts[] | undefined;
}

/** Compares anew. `before`: what came of it in the step before. */
export function compare(
  pops: readonly PopView[],
  rollout: Rollout,
  limits: Limits,
  before: Compared | undefined,
): Compared {
  const bases = new Map(before?.bases);
  const old = withOld(pops, rollout);
  for (const { wave, version } of pops) {
    if (wave === undefined || version !== rollout.version || bases.has(wave)) continue;
    bases.set(wave, new Map(old.map(({ pop, counts }) => [pop, counts])));
  }
  return { bases, others: lately(old, bases.get(rollout.wave), limits) ?? before?.others };
}

/** POPs that are heard and count answers under the old version. */
function withOld(pops: readonly PopView[], rollout: Rollout): readonly { pop: string; counts: ZoneCounts }[] {
  return pops.flatMap(({ pop, state, version, counts }) =>
    (state === "old" || state === "behind") && version !== rollout.version && counts !== undefined
      ? [{ pop, counts: counts.now }]
      : [],
  );
}

/** What POPs with the old version have answered since a wave has the new one: an attack counts here as there. */
function lately(
  old: readonly { pop: string; counts: ZoneCounts }[],
  base: ReadonlyMap<string, ZoneCounts> | undefined,
  limits: Limits,
): readonly ZoneCounts[] | undefined {
  const recent = old.map(({ pop, counts }) => between(base?.get(pop) ?? counts, counts));
  return recent.reduce((sum, { queries }) => sum + queries, 0) >= limits.queries ? recent : undefined;
}

/** POPs whose answers became worse with the version. */
export function jumpsOf(
  pops: readonly PopView[],
  rollout: Rollout,
  limits: Limits,
  before: Compared | undefined,
): ReadonlyMap<string, Jump> {
  const old = withOld(pops, rollout);
  const { bases, others: last } = compare(pops, rollout, limits, before);
  const jumps = new Map<string, Jump>();
  for (const { pop, wave, version, counts, state } of pops) {
    if (counts === undefined || version !== rollout.version || state === "old" || state === "withdrawn") continue;
    const others = lately(old, bases.get(wave ?? -1), limits) ?? last ?? old.map((one) => one.counts);
    const jump = judge(counts.before, counts.now, others, limits);
    if (jump !== undefined) jumps.set(pop, jump);
  }
  return jumps;
}
