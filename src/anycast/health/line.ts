/** What is said of a prefix when its health changes: a line for a verdict, never one for a question. */

import type { Health } from "./step.ts";

export interface Line {
  readonly level: "info" | "warn" | "error";
  readonly event: "health.up" | "health.down" | "health.suspect" | "health.held";
  readonly facts: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The line for a step from one health to the next; undefined when there is nothing to say. */
export function lineOf(prefix: string, before: Health, after: Health): Line | undefined {
  const { verdict, phase, since, why } = after;
  const facts = { prefix, verdict };
  if (verdict !== before.verdict) {
    if (verdict !== "good") return downLine(prefix, after);
    const ms = Math.round(since - before.since);
    const text = `${prefix} is good, after ${inSeconds(ms)} of being ${before.verdict}`;
    return { level: "info", event: "health.up", facts: { ...facts, after_ms: ms }, text };
  }
  if (phase === before.phase) return undefined;
  if (phase === "suspect") {
    const doubt = doubtOf(after);
    const text = `${prefix} is good, but ${doubt}: it is asked again`;
    return { level: "info", event: "health.suspect", facts: { ...facts, why: doubt }, text };
  }
  // A cooldown that follows a line of its fall needs none.
  const held = phase === "cooldown" && (after.wait?.for === "transitions" || verdict === "unproven");
  if (!held) return undefined;
  return { level: "warn", event: "health.held", facts: { ...facts, why }, text: `${prefix} is ${why}` };
}

function downLine(prefix: string, { verdict, why, past }: Health): Line {
  const level = verdict === "dead" ? "error" : "warn";
  const facts = { prefix, verdict, why, strikes: past.strikes };
  return { level, event: "health.down", facts, text: `${prefix} is ${verdict}: ${why}` };
}

function doubtOf({ checks }: Health): string | undefined {
  for (const run of checks.values()) if (run.bad > 0) return run.why;
  return undefined;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
