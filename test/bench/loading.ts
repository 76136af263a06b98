/** How long from zone text to answering, at first and after a restart, and at what memory, beside NSD: in turn. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Run } from "./bench.ts";
import { type Contender, contenders, type Zone, zonecast } from "./contenders.ts";
import { memory } from "./procfs.ts";
import { freePort, serve } from "./server.ts";
import { writeZone } from "./stages.ts";
import { median, spread, table } from "./table.ts";
import { notInstalled, type Workplace } from "./workplace.ts";
import { ORIGIN, zoneSet } from "./zones.ts";
import { PLAIN_ZONE } from "./zonetext.ts";

const MANY = 10_000;
/** Long enough for the compile thread to have ended, and for images to be on disk. */
const SETTLE_MS = 4000;

const OURS: Contender = { key: "ours", title: "zonecast", needs: [], command: zonecast };

interface Figures {
  readonly first: number[];
  readonly restart: number[];
  readonly rss: number[];
  readonly pss: number[];
}

/** Runs the load bench and prints its tables. */
export async function benchLoad({ place, options: { rounds } }: Run): Promise<void> {
  for (const key of ["million", "delegations"]) {
    const set = zoneSet(key);
    const zone = await writeZone(place, set, place.folder());
    await compare(place, set.title, [zone], [`${set.last}.${ORIGIN}`], rounds);
  }
  const folder = place.folder();
  const zones = Array.from({ length: MANY }, (_, i) => plainZone(folder, i));
  const twentieths = Array.from({ length: 20 }, (_, i) => zones[Math.floor(((i + 1) * MANY) / 20) - 1]);
  const names = twentieths.map(({ name }) => `www.${name}`);
  await compare(place, `${MANY} small zones, until 20 of all places are answered`, zones, names, rounds);
}

function plainZone(folder: string, i: number): Zone {
  const name = `z${i}.example`;
  const file = join(folder, `${name}.zone`);
  writeFileSync(file, PLAIN_ZONE);
  return { name, file, signed: undefined };
}

async function compare(
  place: Workplace,
  title: string,
  zones: readonly Zone[],
  names: readonly string[],
  rounds: number,
): Promise<void> {
  const servers = [OURS, ...contenders(undefined).filter((one) => one.key === "nsd")];
  const present = servers.filter((one) => notInstalled(one.needs).length === 0);
  const all = new Map(present.map((one) => [one, { first: [], restart: [], rss: [], pss: [] } as Figures]));
  // One start that is not counted: compiled code and the files are in their caches then.
  for (let round = 0; round <= rounds; round++)
    for (const [one, into] of all) await startTwice(place, one, zones, names, round === 0 ? undefined : into);
  const rows = [...all].map(([one, figures]) => row(one, figures));
  table(title, [["", "s to the answer (least–most)", "s after a restart", "RSS MB", "PSS MB"], ...rows, ...ratio(all)]);
}

async function startTwice(
  place: Workplace,
  contender: Contender,
  zones: readonly Zone[],
  names: readonly string[],
  into: Figures | undefined,
): Promise<void> {
  const task = { folder: place.folder(), port: await freePort(), zones, workers: "auto" as const };
  const first = await serve(place, contender, task, names);
  await wait(SETTLE_MS);
  const { rss, pss } = memory(first.running.pid);
  await first.running.stop();
  const again = await serve(place, contender, task, names);
  await again.running.stop();
  into?.first.push(first.seconds);
  into?.restart.push(again.seconds);
  into?.rss.push(rss);
  into?.pss.push(pss);
}

function row({ title }: Contender, { first, restart, rss, pss }: Figures): string[] {
  return [title, spread(first), spread(restart), String(median(rss)), String(median(pss))];
}

function ratio(all: ReadonlyMap<Contender, Figures>): string[][] {
  const [ours, nsd] = [...all.values()];
  if (!nsd) return [["NSD is not installed", "", "", "", ""]];
  const of = (value: (figures: Figures) => readonly number[]) => (median(value(ours)) / median(value(nsd))).toFixed(2);
  return [["of NSD's", of((f) => f.first), of((f) => f.restart), of((f) => f.rss), of((f) => f.pss)]];
}
