/** Memory over a million names with 1, 2 and 3 workers: the image is shared, so each further one should cost little. */

import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Run } from "./bench.ts";
import { nsd, type Task, zonecast } from "./contenders.ts";
import { type Memory, memory } from "./procfs.ts";
import { writeQueries } from "./queryfile.ts";
import { freePort, serveCommand } from "./server.ts";
import { writeZone } from "./stages.ts";
import { table } from "./table.ts";
import { queriesOf, workload } from "./workloads.ts";
import { type Command, notInstalled } from "./workplace.ts";
import { ORIGIN, type ZoneSet, zoneSet } from "./zones.ts";

/** Long enough for the compile thread to have ended and all workers to have begun. */
const SETTLE_MS = 4000;
const LOAD_SECONDS = 3;

/** Runs the memory bench and prints its table. */
export async function benchMemory(run: Run): Promise<void> {
  const set = zoneSet("million");
  const weigh = await scales(run, set);
  const rows: string[][] = [];
  let before: Memory | undefined;
  for (const workers of [1, 2, 3]) {
    const weight = await weigh(workers, zonecast);
    rows.push([`zonecast, workers: ${workers}`, ...cells(weight, before)]);
    before = weight;
  }
  if (notInstalled(["nsd"]).length > 0) rows.push(["NSD is not installed", "", "", ""]);
  else rows.push(["NSD, server-count: 1", ...cells(await weigh(1, nsd), undefined)]);
  table(`Memory, ${set.title}, after ${LOAD_SECONDS} s of load`, [["", "RSS MB", "PSS MB", "one more costs"], ...rows]);
}

/** Starts a server over the set, loads every worker (when there is a generator), and weighs it. */
async function scales({ place, generator }: Run, set: ZoneSet) {
  const folder = place.folder();
  const zone = await writeZone(place, set, folder);
  const queries = join(folder, "queries");
  writeQueries(queries, queriesOf(workload("million")));
  return async (workers: number, command: (task: Task) => Command): Promise<Memory> => {
    const task = { folder: place.folder(), port: await freePort(), zones: [zone], workers };
    const { running, port } = await serveCommand(place, command(task), task.port, [`${set.last}.${ORIGIN}`]);
    await wait(SETTLE_MS);
    await generator?.load("flood", queries, port, LOAD_SECONDS);
    const weight = memory(running.pid);
    await running.stop();
    return weight;
  };
}

function cells({ rss, pss }: Memory, before: Memory | undefined): string[] {
  return [String(rss), String(pss), before ? `${((pss / before.pss - 1) * 100).toFixed(1)} %` : ""];
}
