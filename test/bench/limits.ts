/**
 * What response rate limiting costs: processor time of the whole server for each query of honest clients, with limits that
 * nobody reaches and without any. Servers stand side by side and are asked in turns, each for a moment, so that whatever
 * disturbs the machine disturbs all; one without limits is there twice, for the noise.
 */

import type { Run } from "./bench.ts";
import { zonecast } from "./contenders.ts";
import type { Generator, More } from "./generator.ts";
import { threadTime } from "./procfs.ts";
import { freePort, type Serving, serveCommand } from "./server.ts";
import { setStages } from "./stages.ts";
import { median, spread, table } from "./table.ts";
import { workloads } from "./workloads.ts";
import { SERVER_CORE, type Workplace } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";

/** New processes are compiled anew by V8, and never quite alike: so many sets of them. */
const SETS = 3;
/** Turns of each server in a set, and seconds of one. */
const TURNS = 10;
const TURN_S = 0.2;
const WARM_S = 1;

const HUGE = "responses-per-second: 100000, window: 3600, exempt-own: false";
const KINDS = [
  { title: "no limits", rrl: "enabled: false" },
  { title: "no limits, once more", rrl: "enabled: false" },
  { title: "all below their limits", rrl: HUGE },
  { title: "and below one of all kinds", rrl: `${HUGE}, all-per-second: 100000` },
  { title: "exempt", rrl: "enabled: true" },
] as const;

const SHAPES: readonly { readonly title: string; readonly more: More }[] = [
  { title: "one prefix", more: {} },
  { title: "100 prefixes", more: { sources: 100 } },
];

/** Nanoseconds for each query, by kind, and within it by turn. */
type Times = readonly number[][];

export async function benchLimits({ place, generator, options }: Run): Promise<void> {
  if (!generator) return;
  const asked = workloads.filter(({ key }) => (options.rows ?? ["mixed"]).includes(key));
  for (const stage of await setStages(place, asked)) {
    for (const { workload, queries } of stage.prepared) {
      for (const { title, more } of SHAPES) {
        const times: Times = KINDS.map(() => []);
        for (let set = 0; set < SETS; set++) {
          await compare(place, generator, stage, queries, more, times);
          process.stderr.write(`limits: ${workload.title}, ${title}: set ${set + 1} of ${SETS}\n`);
        }
        report(`${workload.title}, from ${title}`, times);
      }
    }
  }
}

async function compare(
  place: Workplace,
  generator: Generator,
  { set, zone }: Awaited<ReturnType<typeof setStages>>[number],
  queries: string,
  more: More,
  times: Times,
): Promise<void> {
  const servers: Serving[] = [];
  try {
    for (const { rrl } of KINDS) {
      const port = await freePort();
      const task = { folder: place.folder(), port, zones: [zone], workers: 1 };
      const command = zonecast(task, "auto", `rrl: {${rrl}}\n`);
      servers.push(await serveCommand(place, command, port, [`${set.last}.${ORIGIN}`], { core: SERVER_CORE }));
    }
    for (const { port } of servers) await generator.load("flood", queries, port, WARM_S, more);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [i, { port, running }] of servers.entries()) {
        const before = threadTime(running.pid);
        const { answered, wrong } = await generator.load("flood", queries, port, TURN_S, { ...more, skip: turn * 100 });
        // What comes short or not at all was limited: then it is not what was to be measured.
        if (wrong > 0) throw new Error(`${wrong} of ${answered} replies were not what they should be`);
        times[i].push((threadTime(running.pid) - before) / answered);
      }
    }
  } finally {
    await Promise.all(servers.map(({ running }) => running.stop()));
  }
}

function report(title: string, times: Times): void {
  const [bare] = times;
  const rows = KINDS.map(({ title: kind }, i) => {
    // Turns are compared with those beside them, not with those of another minute.
    const more = times[i].map((time, turn) => (time / bare[turn] - 1) * 100);
    return [kind, spread(times[i].map((time) => time / 1000)), `${median(more).toFixed(1)} %`];
  });
  table(`rate limits: ${title}`, [["server", "µs for each query", "more than without"], ...rows]);
}
