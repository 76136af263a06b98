/** What there is to say when the waiting has come to its end. */

import type { Manifest } from "../manifest/manifest.ts";
import type { ConductEvent } from "./conductor.ts";
import type { PopStanding, Waited } from "./waited.ts";

/** POPs that are named. */
const NAMED = 5;

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

/** "2 of 3 POPs answer with it; fra1 still answers with serial 7". */
export function countText(pops: readonly PopStanding[]): string {
  const counted = pops.filter(({ standing }) => standing !== "silent" && standing !== "withdrawn");
  const proven = counted.filter(({ standing }) => standing === "proven");
  const others = pops.filter(({ standing }) => standing !== "proven");
  const named = others.slice(0, NAMED).map(({ pop, why }) => `; ${pop} ${why}`);
  const more = others.length > NAMED ? `; and ${others.length - NAMED} more` : "";
  return `${proven.length} of ${counted.length} POPs answer with it${named.join("")}${more}`;
}
