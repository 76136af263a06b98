/**
 * What stands against telling a POP something, as far as reports say. The POP looks again; here a mistake is told of to
 * whoever makes it, before it lies in the store.
 */

import { ALL } from "../sync/orders/order.ts";
import { type PopReport, readReport } from "../sync/report.ts";
import type { ServiceStanding } from "../sync/standing.ts";
import type { Report } from "../sync/store/store.ts";
import { formatAge } from "./duration.ts";
import type { Asked } from "./goal.ts";

/** A report that is older is of a POP long gone; clocks are not that wrong. */
const GONE_MS = 2 * 3_600_000;
/** POPs and services that are named. */
const NAMED = 10;

/** The reports that can be read, by name of POP. */
export function popReports(reports: readonly Report[]): PopReport[] {
  const read = reports.flatMap(({ pop, octets }) => {
    const report = readReport(octets);
    return report?.pop === pop ? [report] : [];
  });
  return read.sort((a, b) => (a.pop < b.pop ? -1 : 1));
}

/** The services of a POP that are meant: ALL or one's name; or why that can't be. */
export function serviceMeant(
  { service, all }: Pick<Asked, "service" | "all">,
  pop: string,
  standings: readonly ServiceStanding[],
): { readonly service: string } | { readonly refused: string } {
  const names = standings.map((one) => one.service);
  if (names.length === 0) {
    return {
      refused: `${pop} announces no prefix itself: there is nothing to drain; see section anycast of its configuration`,
    };
  }
  if (all) return { service: ALL };
  if (service === undefined) {
    const [only, more] = names;
    if (more === undefined) return { service: only };
    return { refused: `${pop} has ${names.length} services, ${named(names)}: say --service NAME, or --all` };
  }
  if (names.includes(service)) return { service };
  return { refused: `${pop} has no service ${service}: it has ${named(names)}` };
}

/** Why a POP that is not among those that have reported is not told anything. */
export function unknownPop(pop: string, reports: readonly PopReport[], where: string): string {
  if (reports.length === 0) return `no POP has reported to ${where} yet, so ${pop} is not known there`;
  return `${pop} is not known at ${where}: there is ${named(reports.map((report) => report.pop))}`;
}

/**
 * Why another service of the fleet is in the way of a planned change; undefined when none is. `service`: what is meant,
 * at the POP with these services. `window`: milliseconds that must have passed since a planned change.
 */
export function otherService(
  service: string,
  own: readonly ServiceStanding[],
  reports: readonly PopReport[],
  window: number,
  now: number,
): string | undefined {
  if (service === ALL && own.length > 1) {
    return `--all concerns ${named(own.map((one) => one.service))} at once: one service of a fleet is changed at a time; say --both if it is meant`;
  }
  const mine = service === ALL ? own[0]?.service : service;
  for (const report of reports) {
    if (now - Date.parse(report.at) > GONE_MS) continue;
    for (const standing of report.standings) {
      const why = standing.service === mine ? undefined : inTheWay(standing, window, now);
      if (why === undefined) continue;
      return `${standing.service} ${why} at ${report.pop}: one service of a fleet is changed at a time; undo that one, wait, or say --both`;
    }
  }
  return undefined;
}

function inTheWay({ plan }: ServiceStanding, window: number, now: number): string | undefined {
  if (plan === undefined) return undefined;
  const { to, at, until } = plan;
  const ended = until !== undefined && until <= now ? until : undefined;
  if (to !== "serve" && ended === undefined) return to === "drain" ? "is drained" : "is in reserve";
  // What comes back moves as many clients as what goes.
  const changed = ended ?? at;
  return now - changed < window ? `was changed ${formatAge(now - changed)} ago` : undefined;
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
