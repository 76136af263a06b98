/** What there is to say when the waiting has come to its end. */

import type { Manifest } from "../manifest/manifest.ts";
import type { ConductEvent } from "./conductor.ts";
import type { PopStanding, Waited } from "./waited.ts";

/** POPs of a kind that are named. */
export const NAMED = 5;

/** What became of rollouts that did not get to their ends; undefined when all did. */
export function failedOf(ends: readonly ConductEvent[]): Pick<Waited, "outcome" | "text"> | undefined {
  for (const [say, outcome] of [["back", "back"] as const, ["replaced", "late"] as const]) {
    const failed = ends.filter((event) => event.say === say);
    const text = failed.map((event) => `${event.zone} ${event.text}`).join("; ");
    if (failed.length > 0) return { outcome, text };
  }
  return undefined;
}

/** Who has paused one of the rollouts, and why; undefined when none is. */
export function pausedText(rollouts: readonly Manifest[]): string | undefined {
  const paused = rollouts.find(({ rollout }) => rollout?.state === "paused");
  if (paused === undefined) return undefined;
  return `the rollout of ${paused.zone} was paused by ${paused.by}${paused.why === undefined ? "" : `: ${paused.why}`}`;
}

/** True for POPs that must be proven. */
export function isWaitedFor({ standing }: PopStanding): boolean {
  return standing !== "silent" && standing !== "withdrawn" && standing !== "starting";
}

/** "2 of 3 POPs answer with it; fra1 still answers with serial 7; 1 not waited for: lhr1 does not announce". */
export function countText(pops: readonly PopStanding[], removal: boolean): string {
  if (pops.length === 0) return "no POP has reported to this store yet";
  const awaited = pops.filter(isWaitedFor);
  const missing = awaited.filter(({ standing }) => standing !== "proven");
  const others = pops.filter((pop) => !isWaitedFor(pop));
  const what = removal ? "have let go of it" : "answer with it";
  const count =
    awaited.length === 0
      ? "no POP is heard that announces"
      : `${awaited.length - missing.length} of ${awaited.length} POPs ${what}`;
  const idle = others.length === 0 ? [] : [`${others.length} not waited for: ${named(others, ", ")}`];
  return [count, ...(missing.length === 0 ? [] : [named(missing, "; ")]), ...idle].join("; ");
}

function named(pops: readonly PopStanding[], between: string): string {
  const most = pops.slice(0, NAMED).map(({ pop, why }) => `${pop} ${why}`);
  return [...most, ...(pops.length > NAMED ? [`and ${pops.length - NAMED} more`] : [])].join(between);
}
