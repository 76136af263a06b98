/** The view of a fleet as tables: POPs, the worst first, then zones. */

import type { Cell, FleetSnapshot, PopSnapshot, PopState, ZoneSnapshot } from "../sync/fleetview/snapshot.ts";
import { formatAge } from "./duration.ts";
import { type Colour, paint, type Sheet, shortened, table, type Word } from "./table.ts";

/** The worst first. */
const STATES: Readonly<Record<PopState, Colour>> = {
  silent: "red",
  stopped: "yellow",
  starting: "yellow",
  withdrawn: "yellow",
  draining: "yellow",
  stale: "red",
  reserve: "cyan",
  announcing: "green",
};
const ORDER = Object.keys(STATES);

const CELLS: Readonly<Record<Cell["state"], Colour>> = {
  serves: "green",
  behind: "red",
  refuses: "red",
  away: "yellow",
  none: "dim",
};

/** Letters of what stands before the POPs in a line of zones, when they are few enough to have a column each. */
const ZONE_ROOM = 76;
const UNBOUNDED = 160;
const DIGEST_SHOWN = 8;
/** Zones' names are not cut below this. */
const NAME_MOST = 40;
const NAMED_MOST = 5;

export interface Shown {
  readonly sheet: Sheet;
  /** POPs that get a line: the others are counted. */
  readonly pops: number;
}

/** All lines. */
export function fleetLines(fleet: FleetSnapshot, { sheet, pops }: Shown): string[] {
  const now = Date.parse(fleet.at);
  const worst = [...fleet.pops].sort(byBadness);
  const shown = worst.slice(0, pops);
  const hidden = worst.length - shown.length;
  return [
    ...headLines(fleet, sheet),
    "",
    ...table([POP_HEAD, ...shown.map((pop) => popRow(pop, now))], sheet),
    ...(hidden > 0 ? [`${hidden} more POPs, none of them worse than these; see --pop NAME or --json`] : []),
    ...zoneLines(fleet, worst, sheet, now),
  ];
}

function byBadness(a: PopSnapshot, b: PopSnapshot): number {
  const state = ORDER.indexOf(a.state) - ORDER.indexOf(b.state);
  return state || b.behind - a.behind || (a.pop < b.pop ? -1 : 1);
}

function headLines({ store, pops, zoneCount, at }: FleetSnapshot, { colours, width }: Sheet): string[] {
  const counts = ORDER.flatMap((state) => {
    const count = pops.filter((pop) => pop.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const fleet = pops.length === 0 ? "no POP has reported" : `${countOf(pops.length, "POP")}: ${counts.join(", ")}`;
  const head = `${store.where}  ${fleet}  ${countOf(zoneCount, "zone")}  ${at.slice(0, 19)}Z`;
  const [line] = table([[{ text: head }]], { colours, width });
  if (store.why === undefined) return [line ?? ""];
  const lost = `the store is not reached, all is as of then: ${store.why}`;
  return [line ?? "", colours ? paint("red", lost) : lost];
}

const POP_HEAD = heads("POP", "STATE", "ZONES", "BEHIND", "LAG", "DIGEST", "QPS", "HEARD", "RELEASE", "WHY");

function heads(...names: readonly string[]): Word[] {
  return names.map((text) => ({ text, colour: "dim" }));
}

function popRow(pop: PopSnapshot, now: number): Word[] {
  const { state, behind, since, vitals, agrees } = pop;
  const lag = since === undefined ? "" : formatAge(now - Date.parse(since));
  const red = behind > 0 || (!agrees && state === "stale") ? "red" : undefined;
  return [
    { text: pop.pop, colour: "bold" },
    { text: state, colour: STATES[state] },
    { text: String(pop.zones) },
    { text: String(behind), colour: behind > 0 ? "red" : "dim" },
    { text: lag, colour: red },
    agrees ? { text: "same", colour: "green" } : { text: "differs", colour: state === "stale" ? "red" : "yellow" },
    { text: qpsOf(vitals?.qps) },
    { text: formatAge(now - Date.parse(pop.heard)), colour: state === "silent" ? "red" : undefined },
    { text: pop.release },
    { text: pop.why ?? "" },
  ];
}

/** Over the last seconds that were told; nothing from who does not tell it. */
function qpsOf(qps: readonly number[] | undefined): string {
  const last = (qps ?? []).slice(-10);
  if (last.length === 0) return "-";
  return String(Math.round(last.reduce((sum, one) => sum + one, 0) / last.length));
}

function zoneLines(fleet: FleetSnapshot, pops: readonly PopSnapshot[], sheet: Sheet, now: number): string[] {
  const { zones, zoneCount } = fleet;
  if (zones.length === 0) return [];
  const room = (sheet.width ?? UNBOUNDED) - ZONE_ROOM;
  const each = pops.reduce((sum, { pop }) => sum + Math.max(pop.length, "behind".length) + 2, 0);
  const wide = each <= room;
  const names = wide ? pops.map(({ pop }) => pop) : [];
  const head = heads("ZONE", "SERIAL", "VERSION", "DIGEST", "AGE", ...(wide ? names : ["POPS"]));
  const rows = zones.map((zone) => [
    { text: shortened(zone.zone, NAME_MOST), colour: "bold" as const },
    { text: zone.version === 0 ? "removed" : String(zone.serial) },
    { text: versionText(zone) },
    { text: zone.digest.slice(0, DIGEST_SHOWN), colour: "dim" as const },
    { text: formatAge(now - Date.parse(zone.at)) },
    ...(wide ? cellsOf(zone, names) : [summaryOf(zone)]),
  ]);
  const hidden = zoneCount - zones.length;
  const more = hidden > 0 ? [`${countOf(hidden, "more zone")}; see --zone NAME, --zones N or --json`] : [];
  return ["", ...table([head, ...rows], sheet), ...more];
}

function versionText({ version, rollout }: ZoneSnapshot): string {
  if (rollout === undefined) return String(version);
  return `${version} wave ${rollout.wave + 1}/${rollout.waves}${rollout.state === "paused" ? " paused" : ""}`;
}

function cellsOf({ cells }: ZoneSnapshot, names: readonly string[]): Word[] {
  const byPop = new Map(cells.map((cell) => [cell.pop, cell]));
  return names.map((name) => {
    const cell = byPop.get(name);
    if (cell === undefined) return { text: "" };
    return { text: cellText(cell), colour: CELLS[cell.state] };
  });
}

/** Serials are told where they are not the zone's own, and known. */
function cellText({ state, serial }: Cell): string {
  if (state === "serves") return serial === undefined ? "ok" : String(serial);
  if (state === "none") return "-";
  return serial === undefined || state === "away" ? state : `${state} ${serial}`;
}

/** In words, where POPs are too many for a column each. */
function summaryOf({ cells }: ZoneSnapshot): Word {
  const concerned = cells.filter(({ state }) => state !== "none");
  const serve = concerned.filter(({ state }) => state === "serves").length;
  const parts = (["refuses", "behind", "away"] as const).flatMap((state) => {
    const those = concerned.filter((cell) => cell.state === state).map(({ pop }) => pop);
    if (those.length === 0) return [];
    const named = those.slice(0, NAMED_MOST).join(", ");
    return [`${state}: ${named}${those.length > NAMED_MOST ? ` and ${those.length - NAMED_MOST} more` : ""}`];
  });
  const bad = concerned.some(({ state }) => state === "behind" || state === "refuses");
  const colour = bad ? "red" : parts.length > 0 ? "yellow" : "green";
  return { text: [`${serve} of ${concerned.length}`, ...parts].join("; "), colour };
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
