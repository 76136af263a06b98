/** How POPs stand with their services, for people. */

import type { PopReport } from "../sync/report.ts";
import type { Goal, ServiceStanding, StandingPlan } from "../sync/standing.ts";
import { formatAge } from "./duration.ts";

/** So many reports must be missing until that is said. */
const MISSED = 3;

/** Rows of a POP: POP, service, level, phase, plan. `now`: milliseconds since 1970. */
export function reportRows(report: PopReport, now: number): string[][] {
  const silent = now - Date.parse(report.at) > MISSED * report.every * 1000;
  const heard = silent ? `(reported ${formatAge(now - Date.parse(report.at))} ago)` : "";
  if (report.standings.length === 0) {
    return [[report.pop, "", "", report.announcing ? "announces nothing itself" : "is not ready", heard]];
  }
  return report.standings.map((standing) => {
    const [service, level, phase, plan] = standingRow(standing, now);
    return [report.pop, service, level, phase, [plan, heard].filter((text) => text !== "").join(" ")];
  });
}

/** Service, level, phase, plan. */
export function standingRow(standing: ServiceStanding, now: number): [string, string, string, string] {
  const { service, plan } = standing;
  return [service, levelText(standing), phaseText(standing), plan === undefined ? "" : planText(plan, now)];
}

/** "asking: fra1 is draining". */
export function phaseText({ phase, why }: ServiceStanding): string {
  return why === undefined || why === "" ? phase : `${phase}: ${why}`;
}

/** One level, or that of each prefix where they differ. */
function levelText({ prefixes }: ServiceStanding): string {
  const levels = new Set(prefixes.map(({ level }) => level));
  const [only] = levels;
  if (levels.size <= 1) return only ?? "";
  return prefixes.map(({ prefix, level }) => `${prefix} ${level}`).join(", ");
}

const PLANNED: Readonly<Record<Goal, string>> = { serve: "to serve", drain: "to drain", reserve: "to reserve" };

/** "to drain, by alice@desk 5 min ago, until 2026-01-01 14:30 UTC: kernel". */
function planText({ to, by, why, at, until }: StandingPlan, now: number): string {
  if (until !== undefined && until <= now) return "";
  const end = until === undefined ? "" : `, until ${timeText(until)}`;
  return `${PLANNED[to]}, by ${by} ${formatAge(now - at)} ago${end}${why === undefined ? "" : `: ${why}`}`;
}

/** "2026-01-01 14:30:00 UTC". */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** True when a service is as it was to be: what a POP that is the last one announces as draining is as drained as it gets. */
export function isReached(to: Goal, { phase, prefixes, plan }: ServiceStanding): boolean {
  const all = (level: string) => prefixes.every((one) => one.level === level);
  if (to === "serve") return (plan === undefined || plan.to === "serve") && all("up");
  if (plan?.to !== to) return false;
  return to === "reserve" ? all("reserve") : all("off") || /last/.test(phase);
}
