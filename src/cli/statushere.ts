/** zonecast status without the store: what the POP on this machine says of itself, at its control socket. */

import { statusHere } from "./controlsocket.ts";
import { formatAge } from "./duration.ts";
import { Exit } from "./failure.ts";
import { type Sheet, sheetOf, table, type Word } from "./table.ts";

/** What is read of GET /status. */
interface Status {
  readonly pop: string;
  readonly version?: string;
  readonly ready?: boolean;
  readonly waiting?: string;
  readonly source?: { readonly store?: string; readonly connected?: boolean; readonly why?: string };
  readonly zones?: readonly ZoneLine[];
  /** `seconds`: for how long; undefined when there is none. `dropped`: percent. */
  readonly overload?: { readonly seconds?: number; readonly dropped?: number };
}

interface ZoneLine {
  readonly zone?: string;
  readonly state: string;
  readonly serial?: number;
  readonly loaded?: string;
  readonly refused?: unknown;
}

/** Shows it; the exit code: 0 when it is ready and serves all zones as they are. */
export async function showHere(path: string, json: boolean, most: number): Promise<number> {
  const status = (await statusHere(path)) as unknown as Status;
  const zones = [...(status.zones ?? [])].sort((a, b) => Number(isServed(a)) - Number(isServed(b)));
  const lines = json
    ? [JSON.stringify(status, null, 2)]
    : linesOf(status, zones, most, sheetOf(process.stdout, process.env));
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return status.ready === true && zones.every(isServed) ? Exit.DONE : Exit.REFUSED;
}

function isServed({ state }: ZoneLine): boolean {
  return state === "serving";
}

function linesOf(status: Status, zones: readonly ZoneLine[], most: number, sheet: Sheet): string[] {
  const { pop, version = "", ready, waiting, source, overload } = status;
  const state = ready === true ? "ready" : `not ready${waiting === undefined ? "" : `: waits for ${waiting}`}`;
  const bad = zones.filter((zone) => !isServed(zone)).length;
  const head: Word[] = [
    { text: pop, colour: "bold" },
    { text: `zonecast ${version}` },
    { text: state, colour: ready === true ? "green" : "red" },
    { text: `${zones.length} zones, ${bad} not as they should be`, colour: bad > 0 ? "red" : "green" },
  ];
  const store = source?.store;
  const link =
    source?.connected === true ? "connected" : `not reached${source?.why === undefined ? "" : `: ${source.why}`}`;
  const shown = zones.slice(0, most);
  const hidden = zones.length - shown.length;
  return [
    ...table([head], sheet),
    ...(overload?.seconds === undefined ? [] : table([[overloadWord(overload.seconds, overload.dropped)]], sheet)),
    ...(store === undefined ? [] : table([[{ text: `${store} ${link}` }]], sheet)),
    "",
    ...table([ZONE_HEAD, ...shown.map(zoneRow)], sheet),
    ...(hidden > 0 ? [`${hidden} more zones; see --zones N or --json`] : []),
  ];
}

function overloadWord(seconds: number, dropped = 0): Word {
  const text = `overloaded for ${formatAge(seconds * 1000)}: ${dropped} % of the last ten seconds' queries were dropped`;
  return { text, colour: "red" };
}

const ZONE_HEAD: readonly Word[] = ["ZONE", "STATE", "SERIAL", "LOADED", "WHY"].map((text) => ({
  text,
  colour: "dim",
}));

function zoneRow(zone: ZoneLine): Word[] {
  const { state, serial, loaded, refused } = zone;
  const age = loaded === undefined ? "" : `${formatAge(Date.now() - Date.parse(loaded))} ago`;
  return [
    { text: zone.zone ?? "?", colour: "bold" },
    { text: state, colour: isServed(zone) ? "green" : "red" },
    { text: serial === undefined ? "" : String(serial) },
    { text: age },
    { text: whyOf(refused) },
  ];
}

function whyOf(refused: unknown): string {
  if (typeof refused === "string") return refused;
  const why = (refused as { readonly why?: unknown } | undefined)?.why;
  return typeof why === "string" ? why : "";
}
