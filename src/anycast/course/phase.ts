/** Where the course of a service is, in a word and in a sentence, for people. */

import type { Course } from "./course.ts";
import type { CourseInput } from "./input.ts";
import type { Need } from "./need.ts";
import type { Stage } from "./track.ts";

/** "starting": nothing is proven yet. "down": what would be announced is dead. "partly up": one prefix is, another one is not. */
export type Phase =
  | "starting"
  | "up"
  | "partly up"
  | "asking"
  | "draining"
  | "drained"
  | "last resort"
  | "reserve"
  | "down";

/** The word. Of two prefixes that stand differently the one counts that takes more part. */
export function phaseOf({ going, tracks }: Course, { health }: CourseInput): Phase {
  const kept = [...tracks.values()].filter(({ stage }) => stage !== "open");
  const in_ = (stage: Stage) =>
    kept.some((track) => track.stage === stage && (track.level !== "off" || stage === "drained"));
  if (in_("resort")) return "last resort";
  if (in_("draining")) return "draining";
  if (kept.length > 0 && kept.length === tracks.size && in_("drained")) return "drained";
  const verdicts = [...health.values()].map(({ verdict }) => verdict);
  if (verdicts.every((verdict) => verdict === "dead" || verdict === "unproven")) {
    return verdicts.includes("dead") ? "down" : "starting";
  }
  if (going.asked !== undefined) return "asking";
  const levels = [...tracks.values()].map(({ level }) => level);
  if (levels.includes("reserve")) return "reserve";
  return levels.includes("off") ? "partly up" : "up";
}

/** The sentence: what ails the prefixes, what is needed, and what it waits for. */
export function whyOf(course: Course, need: Need | undefined, { health, fleet }: CourseInput): string | undefined {
  const whys: string[] = [];
  for (const [prefix, { verdict, why }] of health) {
    if (verdict === "dead" || verdict === "unproven") whys.push(`${prefix}: ${why ?? `its health is ${verdict}`}`);
  }
  if (need !== undefined) whys.push(need.why);
  if (course.going.wait !== undefined) whys.push(`waits: ${course.going.wait}`);
  const stages = new Map([...course.tracks].map(([prefix, { stage }]) => [stage, prefix]));
  const last = stages.get("resort");
  if (last !== undefined) whys.push(lastWords(last, fleet !== undefined));
  const leaving = [...course.tracks].some(([prefix, { stage }]) => stage === "draining" && need?.withdraws.has(prefix));
  if (leaving && course.going.wait === undefined) whys.push(need?.force ? AFTER : `${AFTER}, ${ONCE}`);
  return whys.length === 0 ? undefined : whys.join("; ");
}

const AFTER = "it is withdrawn after its notice";
const ONCE = "once another POP is known to be up";

function lastWords(prefix: string, asked: boolean): string {
  const again = asked ? "" : ", and stays so until it is undrained, as there is no fleet to ask";
  return `${prefix} is announced nevertheless, as nobody else is known to announce it${again}`;
}
