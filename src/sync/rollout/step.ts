/**
 * A rollout as a pure machine: what is to be done now, from what POPs say and how long they have been saying it.
 *
 * A wave goes on when every announcing POP that it has reached serves the version, has done so for the bake time, and
 * answers no worse. It goes back by itself when a POP refuses the version, falls silent after taking it, does not serve it
 * in time, or answers worse. Time is the conductor's own: another one that takes over bakes the wave anew.
 *
 * Paused, nothing moves; but answers that have become worse still go back, as users see them. A wave without a POP that
 * could prove anything is never passed over: after the patience the rollout is paused, for somebody to look at.
 */

import type { Rollout, Wave } from "../manifest/manifest.ts";
import { type Compared, compare, jumpsOf } from "./compare.ts";
import { type Jump, jumpToText } from "./judge.ts";
import { lookAt, type PopView, type Situation } from "./look.ts";

/** What a conductor has seen of a manifest so far. Milliseconds as in the situation. */
export interface Seen {
  readonly id: number;
  readonly version: number;
  /** Since when every POP serves; undefined while one does not. */
  readonly served: number | undefined;
  /** Since when the wave has no POP that could serve; undefined while it has one. */
  readonly empty: number | undefined;
  /** POPs that are behind, and since when. */
  readonly behind: ReadonlyMap<string, number>;
  /** POPs with a jump, and since when. */
  readonly jumps: ReadonlyMap<string, number>;
  readonly compared: Compared;
}

export type Decision =
  /** `left`: milliseconds of the bake time that are to pass yet. */
  | { readonly to: "wait"; readonly why: string; readonly left?: number }
  | { readonly to: "promote"; readonly wave: number; readonly why: string }
  | { readonly to: "done"; readonly why: string }
  | { readonly to: "back"; readonly why: string }
  | { readonly to: "pause"; readonly why: string };

export interface Step {
  readonly decision: Decision;
  readonly seen: Seen;
  readonly pops: readonly PopView[];
}

/** Decides. `seen` is of the step before; undefined at the first. */
export function step(situation: Situation, seen: Seen | undefined): Step {
  const { rollout } = situation.manifest;
  if (rollout === undefined) throw new RangeError("no rollout");
  const pops = situation.pops.map((heard) => lookAt(heard, rollout, situation));
  const jumps = jumpsOf(pops, rollout, situation.limits, comparedOf(rollout, seen));
  const next = observe(pops, jumps, rollout, situation, seen);
  const decision = decide(pops, jumps, rollout, situation, next);
  return { decision, seen: next, pops };
}

/** "wave 2 of 3 (europe, asia)". */
export function waveToText(rollout: Rollout, wave: number = rollout.wave): string {
  return `wave ${wave + 1} of ${rollout.waves.length} (${rollout.waves[wave]?.to.join(", ") ?? "?"})`;
}

/** POPs that the rollout has reached, and that must serve the version before it goes on. */
function holders(pops: readonly PopView[], behind: ReadonlyMap<string, number>): readonly PopView[] {
  return pops.filter(
    ({ pop, state }) =>
      state === "serves" || state === "behind" || state === "unheard" || (state === "silent" && behind.has(pop)),
  );
}

/** What was compared goes on from manifest to manifest of a rollout. */
function comparedOf(rollout: Rollout, seen: Seen | undefined): Compared | undefined {
  return seen?.version === rollout.version ? seen.compared : undefined;
}

function observe(
  pops: readonly PopView[],
  jumps: ReadonlyMap<string, Jump>,
  rollout: Rollout,
  situation: Situation,
  before: Seen | undefined,
): Seen {
  const { manifest, limits, now } = situation;
  const same = before?.id === manifest.id ? before : undefined;
  const late = holders(pops, same?.behind ?? new Map()).filter(({ state }) => state === "behind" || state === "silent");
  const behind = new Map(late.map(({ pop }) => [pop, same?.behind.get(pop) ?? now]));
  const all = holders(pops, behind);
  const serving = all.length > 0 && all.every(({ state }) => state === "serves");
  const empty = !all.some(({ wave }) => inWave(wave, rollout));
  return {
    id: manifest.id,
    version: rollout.version,
    served: serving && !empty ? (same?.served ?? now) : undefined,
    empty: empty ? (same?.empty ?? now) : undefined,
    behind,
    jumps: new Map([...jumps.keys()].map((pop) => [pop, same?.jumps.get(pop) ?? now])),
    compared: compare(pops, rollout, limits, comparedOf(rollout, before)),
  };
}

/** Waves may overlap: a later one can be full of POPs that an earlier one had reached, and is not empty then. */
function inWave(wave: number | undefined, rollout: Rollout): boolean {
  const own = rollout.waves[rollout.wave];
  if (wave === undefined || own === undefined) return false;
  return wave === rollout.wave || (wave < rollout.wave && overlaps(own, rollout.waves[wave]));
}

function overlaps(a: Wave, b: Wave | undefined): boolean {
  return a.to.some((group) => b?.to.includes(group) === true);
}

function decide(
  pops: readonly PopView[],
  jumps: ReadonlyMap<string, Jump>,
  rollout: Rollout,
  situation: Situation,
  seen: Seen,
): Decision {
  const jumped = [...jumps].find(([pop, jump]) => isSettled(jump, seen.jumps.get(pop) ?? situation.now, situation));
  if (jumped !== undefined) return { to: "back", why: `${jumped[0]} ${jumpToText(jumped[1])}` };
  if (rollout.state === "paused") return { to: "wait", why: "it is paused" };
  const failed = pops.find(({ state }) => state === "refuses" || state === "fallen");
  if (failed !== undefined) return { to: "back", why: `${failed.pop} ${failed.why}` };
  return atLast(pops, rollout, situation, seen);
}

/** What time has to say. */
function atLast(pops: readonly PopView[], rollout: Rollout, { limits, now }: Situation, seen: Seen): Decision {
  const patience = limits.patience * 1000;
  const late = [...seen.behind].find(([, since]) => now - since >= patience);
  if (late !== undefined) {
    const why = pops.find(({ pop }) => pop === late[0])?.why ?? "is not heard of";
    return { to: "back", why: `${late[0]} ${why}, and ${limits.patience} s have passed` };
  }
  if (seen.empty !== undefined) {
    const why = `${waveToText(rollout)} has no POP that announces and is heard`;
    if (now - seen.empty < patience) return { to: "wait", why };
    return { to: "pause", why: `${why}: start one and resume, or abort` };
  }
  if (seen.served === undefined) return { to: "wait", why: waitingFor(pops, seen) };
  const bake = (rollout.waves[rollout.wave]?.bake ?? 0) * 1000;
  const left = bake - (now - seen.served);
  if (left > 0) return { to: "wait", why: `all POPs of ${waveToText(rollout)} serve it: they are watched`, left };
  const why = `all POPs of ${waveToText(rollout)} served version ${rollout.version} for ${inSeconds(bake)}`;
  const wave = rollout.wave + 1;
  return wave < rollout.waves.length ? { to: "promote", wave, why } : { to: "done", why };
}

/** POPs named in a reason. */
const NAMED = 3;

function waitingFor(pops: readonly PopView[], seen: Seen): string {
  const late = holders(pops, seen.behind).filter(({ state }) => state !== "serves");
  const named = late.slice(0, NAMED).map(({ pop, why }) => `${pop} ${why}`);
  return [...named, ...(late.length > NAMED ? [`and ${late.length - NAMED} more`] : [])].join("; ");
}

/**
 * Names that do not exist are also what attackers ask for, everywhere at once: such a jump holds only when POPs with the
 * old version have reported since it was seen. SERVFAIL and REFUSED are nobody's but the version's.
 */
function isSettled(jump: Jump, since: number, { pops, manifest, now }: Situation): boolean {
  if (jump.kind !== "nxdomain") return true;
  const old = pops.filter(
    ({ rollouts }) => (rollouts.get(manifest.zone)?.version ?? manifest.rollout?.version) !== manifest.rollout?.version,
  );
  return old.every(({ report, at }) => at > since || now - since > 2000 * report.every);
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
