/** How one POP stands, from its last report and what the store has: pure. */

import { isRemoval, versionFor } from "../manifest/manifest.ts";
import type { Receipt } from "../report.ts";
import { groupsOf, type Heard, isSilent, patienceWith } from "../rollout/fleet.ts";
import type { Heads, ZoneHead } from "./heads.ts";
import type { PopSnapshot, PopState } from "./snapshot.ts";

/** A POP that is behind for less is on its way: pushes take seconds, large zones more. */
const WHILE_MS = 20_000;
/** What clocks may be apart when a POP's own word on when it reported is all that there is. */
const SKEW_MS = 10_000;

/** A POP that has reported. */
export interface Known {
  readonly heard: Heard;
  /** Its report lay in the store when listening began: when it came is known from the POP's own clock only. */
  readonly lay: boolean;
}

/** A moment, by the clock that never jumps and as milliseconds since 1970. */
export interface Moment {
  readonly monotonic: number;
  readonly date: number;
}

/** A POP with what is worked out of it once for all zones. */
export interface PopView {
  readonly snapshot: PopSnapshot;
  readonly heard: Heard;
  readonly groups: readonly string[];
  readonly silent: boolean;
  /** All up to this revision was read; -1 when its word is of another store. */
  readonly position: number;
  /** The last receipt of each zone. */
  readonly receipts: ReadonlyMap<string, Receipt>;
}

/** Looks at a POP. `epoch`: of the store that heads are from. */
export function viewOf({ heard, lay }: Known, heads: Heads, epoch: string | undefined, moment: Moment): PopView {
  const { report } = heard;
  const groups = groupsOf(report);
  const written = Date.parse(report.at);
  const came = lay && Number.isFinite(written) ? Math.min(written, moment.date) : dateOf(heard.at, moment);
  const old = lay && moment.date - came > patienceWith(report) + SKEW_MS;
  const silent = report.stopped === true || old || isSilent(heard, moment.monotonic);
  const position = report.epoch === epoch ? report.position : -1;
  // The newest is the first.
  const receipts = new Map([...report.recent].reverse().map((receipt) => [receipt.zone, receipt]));
  const rest = { heard, groups, silent, position, receipts };
  const lagging = lagOf(rest, heads);
  const state = report.stopped ? "stopped" : silent ? "silent" : stateOf(heard, lagging, moment.date);
  const { refusals, refused, zones, digest, release, standings, vitals } = report;
  const snapshot: PopSnapshot = {
    ...{ pop: report.pop, state, groups: report.groups, release, services: standings, zones, digest },
    why: whyOf(state, heard, lagging, moment.date - came),
    heard: new Date(came).toISOString(),
    agrees: lagging.agrees,
    behind: lagging.behind,
    since: lagging.since === undefined ? undefined : new Date(lagging.since).toISOString(),
    ...{ refusals, refused, vitals },
  };
  return { snapshot, ...rest };
}

function dateOf(at: number, { monotonic, date }: Moment): number {
  return Number.isFinite(at) ? date - (monotonic - at) : 0;
}

/** How far a POP is from what the store has for it. */
interface Lag {
  readonly agrees: boolean;
  readonly behind: number;
  /** When the oldest came of what it does not serve; undefined when it serves all. */
  readonly since: number | undefined;
}

function lagOf(view: Omit<PopView, "snapshot">, heads: Heads): Lag {
  const { report, refused } = view.heard;
  const likeness = heads.likeness(view.groups);
  const agrees = report.digest === heads.due(likeness).digest;
  if (agrees && report.refusals === 0) return { agrees, behind: 0, since: undefined };
  const pending = agrees ? { count: 0, since: Number.POSITIVE_INFINITY } : heads.pendingAfter(view.position, likeness);
  // Read out of order: small zones do not wait for large ones.
  const ahead = [...view.receipts.keys()].filter((zone) => isAhead(heads.get(zone), view)).length;
  const named = [...refused.keys()].flatMap((zone) => heads.get(zone) ?? []);
  const twice = agrees ? 0 : named.filter(({ revision }) => revision > view.position).length;
  const behind = Math.max(0, pending.count - (agrees ? 0 : ahead)) + Math.max(0, report.refusals - twice);
  // All was read, and nothing refused, and yet it serves something else: since the store's last change, at the longest.
  const apart = behind === 0 && !agrees ? (heads.newest?.came ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const since = Math.min(pending.since, apart, ...named.map(({ came }) => came));
  return { agrees, behind, since: Number.isFinite(since) ? since : undefined };
}

/** True when a POP serves a head before it has read all that came before it. */
function isAhead(head: ZoneHead | undefined, view: Omit<PopView, "snapshot">): boolean {
  if (head === undefined || head.revision <= view.position || view.heard.refused.has(head.zone)) return false;
  return servesNewest(head, view);
}

/** True when a receipt, or what is counted of a rollout, says that a POP serves what a head has for it. */
export function servesNewest({ zone, manifest }: ZoneHead, view: Omit<PopView, "snapshot">): boolean {
  const version = versionFor(manifest, view.groups)?.version;
  if (version === undefined || isRemoval(manifest)) return false;
  return view.receipts.get(zone)?.version === version || view.heard.rollouts.get(zone)?.version === version;
}

function stateOf({ report }: Heard, lag: Lag, date: number): PopState {
  if (!report.ready) return "starting";
  if (!report.announcing) return "withdrawn";
  const levels = report.standings.flatMap(({ prefixes }) => prefixes.map(({ level }) => level));
  if (levels.includes("draining") || levels.includes("off")) return "draining";
  if (report.refusals > 0 || (lag.since !== undefined && date - lag.since > WHILE_MS)) return "stale";
  return levels.includes("reserve") ? "reserve" : "announcing";
}

function whyOf(state: PopState, { report }: Heard, lag: Lag, ago: number): string | undefined {
  switch (state) {
    case "announcing":
      return undefined;
    case "silent":
      return `it was last heard ${Math.round(ago / 1000)} s ago, and reports every ${report.every} s`;
    case "stopped":
      return "it was stopped in good order";
    case "starting":
      return "it is not ready yet: see its log, or GET /status";
    case "withdrawn":
      return whyNotUp(report.standings, "off") ?? "it announces nothing";
    case "draining":
      return whyNotUp(report.standings, "draining") ?? whyNotUp(report.standings, "off");
    case "reserve":
      return whyNotUp(report.standings, "reserve");
    case "stale":
      return whyStale(report.refused, lag);
  }
}

function whyNotUp(standings: PopSnapshot["services"], level: string): string | undefined {
  for (const { service, prefixes, why, phase } of standings) {
    const down = prefixes.filter((one) => one.level === level).map(({ prefix }) => prefix);
    if (down.length > 0) return `${down.join(", ")} (${service}): ${why ?? phase}`;
  }
  return undefined;
}

function whyStale(refused: PopSnapshot["refused"], { behind }: Lag): string {
  const [first] = refused;
  if (first !== undefined) return `${first.zone}: ${first.why}`;
  if (behind > 0)
    return `it is behind with ${behind} ${behind === 1 ? "zone" : "zones"}, and has been for more than ${WHILE_MS / 1000} s`;
  return "what it serves is not what the store has: see GET /status there";
}
