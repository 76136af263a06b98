/** zonecast status: what every POP serves, and how it does. */

import { setTimeout } from "node:timers/promises";
import type { FleetSnapshot, PopSnapshot } from "../sync/fleetview/snapshot.ts";
import { FleetWatch } from "../sync/fleetview/watch.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { StoreError } from "../sync/store/store.ts";
import { controlPath } from "./controlsocket.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { fleetLines } from "./fleettable.ts";
import { untilStopped } from "./interrupt.ts";
import { showHere } from "./statushere.ts";
import { storeFlags, withReader } from "./storeflags.ts";
import { type Sheet, sheetOf } from "./table.ts";
import { zoneNamed } from "./zonename.ts";

const flags = {
  ...storeFlags,
  control: { value: "PATH", help: "Without the store: the POP on this machine, by its control socket." },
  state: { value: "DIR", help: "As --control, for the socket in this state directory." },
  zone: {
    value: "NAME",
    help: "Only this zone; or, when the store has none of this name, those with the text in theirs.",
  },
  pop: { value: "NAME", many: true, help: "Only this POP; may be given again." },
  zones: { value: "N", help: "Zones to show: those that are behind somewhere first. Default 20; 50 with --json." },
  watch: { help: "Draw again as things change, until Ctrl-C." },
  json: { help: "Print one JSON document, { at, store, pops, zoneCount, zones, pushes }; with --watch, one a line." },
} as const;

export const statusVerb: Verb<typeof flags> = {
  name: "status",
  about: [
    "Show how each POP stands (silent, stopped, starting, withdrawn, draining, stale, reserve or announcing), how many zones it is",
    "behind and for how long, and which zones are served where, as the POPs report it to the store. Ends with 0 when all is",
    "well, with 1 when a POP is silent, not ready, withdrawn without a plan, or behind, with 4 when the store is not reached.",
  ].join("\n"),
  flags,
};

const ZONES_SHOWN = 20;
const ZONES_MOST = 10_000;
const POPS_SHOWN = 50;
/** Lines that are no POP's and no zone's, on a screen that is drawn again. */
const OTHER_LINES = 8;
const SYNC_MS = 30_000;
const LOOK_MS = 20;
/** Milliseconds between two drawings at most: ages grow. */
const DRAW_MS = 1000;
/**
 * A drawing goes over the last one, line by line: nothing flickers, and what has scrolled away stays. Lines that a narrow
 * terminal has no room for are cut by it meanwhile (DECAWM off).
 */
const HOME = "\u001b[?7l\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST = "\u001b[J\u001b[?7h";

interface Wanted {
  readonly zone: string | undefined;
  readonly pops: readonly string[];
  readonly zones: number | undefined;
  readonly json: boolean;
}

/** Runs the verb; the exit code. */
export async function runStatus(args: readonly string[]): Promise<number> {
  const { flags: given } = parseFlags(statusVerb, args);
  if (given.control !== undefined || given.state !== undefined) {
    if (given.watch === true || given.zone !== undefined || given.pop !== undefined) {
      throw new UsageError("--control and --state are for the POP on this machine, without --watch, --zone and --pop");
    }
    return showHere(controlPath(given), given.json === true, zonesOf(given.zones) ?? ZONES_SHOWN);
  }
  const wanted = {
    zone: given.zone === undefined ? undefined : zoneNamed(given.zone),
    pops: given.pop ?? [],
    zones: zonesOf(given.zones),
    json: given.json === true,
  };
  return withReader(given, async ({ store, trust }) => {
    // Whoever watches waits for ever; whoever looks once wants to be told that there is no store.
    await store.reports();
    const clock = { now: Date.now, monotonic: () => performance.now() };
    const watch = new FleetWatch({ store, trust, clock });
    try {
      await untilSynced(watch, store.where);
      return await (given.watch === true ? redraw(watch, wanted) : once(watch, wanted));
    } finally {
      watch.close();
    }
  });
}

async function untilSynced(watch: FleetWatch, where: string): Promise<void> {
  const deadline = performance.now() + SYNC_MS;
  while (!watch.synced) {
    if (performance.now() > deadline)
      throw new StoreError("lost", `${where} did not tell all it has in ${SYNC_MS / 1000} s: try again`);
    await setTimeout(LOOK_MS);
  }
}

function once(watch: FleetWatch, wanted: Wanted): number {
  const fleet = look(watch, wanted);
  const unknown = wanted.pops.find((pop) => !fleet.pops.some((one) => one.pop === pop));
  if (unknown !== undefined)
    throw new Refusal(`no POP of the name ${unknown} has reported: see zonecast status without --pop`);
  if (wanted.zone !== undefined && fleet.zones.length === 0) {
    throw new Refusal(`${fleet.store.where} has no zone ${wanted.zone}, and none with that in its name`);
  }
  if (wanted.json) process.stdout.write(`${JSON.stringify(fleet, null, 2)}\n`);
  else write(fleetLines(fleet, { sheet: sheetOf(process.stdout, process.env), pops: POPS_SHOWN }));
  return isWell(fleet) ? Exit.DONE : Exit.REFUSED;
}

/** Until Ctrl-C, or until nobody reads any more. */
function redraw(watch: FleetWatch, wanted: Wanted): Promise<number> {
  return untilStopped(async (signal) => {
    const gone = new AbortController();
    process.stdout.once("error", () => gone.abort());
    const stop = AbortSignal.any([signal, gone.signal]);
    while (!stop.aborted) {
      draw(watch, wanted);
      await nextDrawing(watch, stop);
    }
    return Exit.DONE;
  });
}

function draw(watch: FleetWatch, wanted: Wanted): void {
  const terminal = process.stdout.isTTY === true;
  const rows = Math.max(4, (process.stdout.rows ?? 40) - OTHER_LINES);
  const fleet = look(watch, terminal ? { ...wanted, zones: wanted.zones ?? Math.floor(rows / 2) } : wanted);
  if (wanted.json) {
    process.stdout.write(`${JSON.stringify(fleet)}\n`);
    return;
  }
  const sheet: Sheet = sheetOf(process.stdout, process.env);
  const lines = fleetLines(fleet, { sheet, pops: terminal ? Math.max(2, rows - fleet.zones.length) : POPS_SHOWN });
  if (!terminal) write([...lines, ""]);
  else process.stdout.write(`${HOME}${lines.map((line) => `${line}${REST_OF_LINE}\n`).join("")}${REST}`);
}

/** On a terminal ages are seen to grow; elsewhere there is a drawing for each change. */
async function nextDrawing(watch: FleetWatch, stop: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const end = () => waiting.abort();
  const unsubscribe = watch.subscribe(end);
  const signal = AbortSignal.any([stop, waiting.signal]);
  const most = process.stdout.isTTY === true ? DRAW_MS : SYNC_MS;
  await setTimeout(most, undefined, { signal }).catch(() => {});
  unsubscribe();
}

/** The view, narrowed to what is asked for. */
function look(watch: FleetWatch, { zone, pops, zones, json }: Wanted): FleetSnapshot {
  const most = zones ?? (json ? undefined : ZONES_SHOWN);
  const fleet = watch.snapshot({ ...(most === undefined ? {} : { zones: most }), ...searchOf(zone) });
  const exact = fleet.zones.filter((one) => one.zone === zone);
  const found = exact.length > 0 ? exact : fleet.zones;
  if (pops.length === 0) return { ...fleet, zones: found };
  const isWanted = ({ pop }: { readonly pop: string }) => pops.includes(pop);
  return {
    ...fleet,
    pops: fleet.pops.filter(isWanted),
    zones: found.map((one) => ({ ...one, cells: one.cells.filter(isWanted) })),
    pushes: fleet.pushes.map((push) => ({
      ...push,
      pops: push.pops.filter(isWanted),
      missing: push.missing.filter((pop) => pops.includes(pop)),
    })),
  };
}

/** Without the last dot, unless it is the root: "example" finds "example.com." as well. */
function searchOf(zone: string | undefined): { readonly search?: string } {
  if (zone === undefined) return {};
  return { search: zone === "." ? zone : zone.slice(0, -1) };
}

function isWell({ store, pops }: FleetSnapshot): boolean {
  return store.why === undefined && pops.some(({ state }) => state !== "stopped") && pops.every(isWellPop);
}

/** Who was told to drain, or to stop, is no reason for an alarm. */
function isWellPop({ state, behind, services }: PopSnapshot): boolean {
  if (state === "stopped") return true;
  if (behind > 0 || state === "silent" || state === "starting" || state === "stale") return false;
  if (state !== "withdrawn") return true;
  return services.length > 0 && services.every(({ plan }) => plan !== undefined && plan.to !== "serve");
}

function zonesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const zones = Number(text);
  if (/^\d+$/.test(text) && zones <= ZONES_MOST) return zones;
  throw new UsageError(`--zones: expected a whole number from 0 to ${ZONES_MOST}, got "${text}"`);
}

function write(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
