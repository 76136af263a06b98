/** Ten million queries against our server: its memory along the way, and the garbage collections that it took. */

import { join } from "node:path";
import type { Run } from "./bench.ts";
import type { Generator } from "./generator.ts";
import { memory } from "./procfs.ts";
import { writeQueries } from "./queryfile.ts";
import { freePort, serveCommand } from "./server.ts";
import { writeZone } from "./stages.ts";
import { eachTransport } from "./transports.ts";
import { queriesOf, workload } from "./workloads.ts";
import { type Running, SERVER_CORE } from "./workplace.ts";
import { ORIGIN, zoneSet } from "./zones.ts";

const QUERIES = 10_000_000;
const STEPS = 10;
const SLICE_SECONDS = 2;
const HEAD = [
  "million queries",
  "RSS MB",
  "PSS MB",
  "heap MB after collection",
  "collections",
  "longest pause ms",
  "lost",
];

/** Collections so far. */
interface Collections {
  readonly count: number;
  /** Milliseconds. */
  readonly longest: number;
  /** MB in use after the last collection, of all threads that had one. */
  readonly heap: number;
}

/** Runs the heap bench for each of our transports and prints its tables. */
export async function benchHeap({ place, generator, options }: Run): Promise<void> {
  if (!generator) return;
  const set = zoneSet("small");
  const folder = place.folder();
  const zone = await writeZone(place, set, folder);
  const queries = join(folder, "queries");
  const mixed = workload("mixed");
  writeQueries(queries, queriesOf(mixed));
  const title = `${QUERIES / 1e6} million queries, ${mixed.title}, ${set.title}, 1 worker`;
  await eachTransport(options, title, async (contender) => {
    const task = { folder: place.folder(), port: await freePort(), zones: [zone], workers: 1 };
    const [node, ...rest] = contender.command(task);
    const command = [node, "--trace-gc", ...rest];
    const names = [`${set.last}.${ORIGIN}`];
    const { running, port } = await serveCommand(place, command, task.port, names, { core: SERVER_CORE });
    const rows = await follow(generator, queries, port, running);
    await running.stop();
    return [HEAD, ...rows];
  });
}

async function follow(generator: Generator, queries: string, port: number, running: Running): Promise<string[][]> {
  const rows: string[][] = [];
  let answered = 0;
  let lost = 0;
  let skip = 0;
  for (let step = 0; step <= STEPS; step++) {
    while (answered < (QUERIES / STEPS) * step) {
      const load = await generator.load("flood", queries, port, SLICE_SECONDS, { skip });
      if (load.answered === 0) return [...rows, ["no answers", "", "", "", "", "", ""]];
      answered += load.answered;
      lost += load.lost;
      skip = load.next;
    }
    const { rss, pss } = memory(running.pid);
    const { count, longest, heap } = collections(running.output());
    rows.push([
      (answered / 1e6).toFixed(1),
      ...[rss, pss].map(String),
      heap.toFixed(1),
      String(count),
      longest.toFixed(1),
      String(lost),
    ]);
  }
  return rows;
}

/** Reads V8's --trace-gc: "[pid:isolate] 25 ms: Scavenge 4.1 (4.5) -> 3.6 (5.5) MB, … 0.43 / 0.00 ms …". */
function collections(output: string): Collections {
  const lines = output.matchAll(/^\[\d+:(\w+)\].*?-> ([\d.]+) \(.*?MB, (?:pooled: [\d.]+ MB, )?([\d.]+) \/ /gm);
  const heaps = new Map<string, number>();
  let count = 0;
  let longest = 0;
  for (const [, isolate, heap, pause] of lines) {
    heaps.set(isolate, Number(heap));
    count++;
    longest = Math.max(longest, Number(pause));
  }
  return { count, longest, heap: [...heaps.values()].reduce((sum, one) => sum + one, 0) };
}
