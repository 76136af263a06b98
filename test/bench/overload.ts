/** More queries than are answered: how many of an honest client's are answered in time, by us, and by NSD and Knot. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./bench.ts";
import { type Contender, contenders, zonecast } from "./contenders.ts";
import { freePort, serve } from "./server.ts";
import { writeZone } from "./stages.ts";
import { median, table } from "./table.ts";
import { LOAD_CORE, notInstalled, SERVER_CORE, type Workplace } from "./workplace.ts";
import { ORIGIN, zoneSet } from "./zones.ts";

const SECONDS = 3;
/** Honest queries a second: few beside the others. */
const HONEST = 1000;

/** What overload.c prints: parts of the honest queries that were answered within so many milliseconds. */
interface Said {
  /** Queries a second of the others. */
  readonly crowd: number;
  readonly in20: number;
  readonly in100: number;
  readonly in400: number;
  readonly in1000: number;
}

/** Ours as it is, and with a queue in which queries may grow as old as they like. */
const UNBOUNDED: Contender = {
  key: "ours-unbounded",
  title: "zonecast, udp.stale: 0",
  needs: [],
  command: (task) => {
    const command = zonecast(task, "batch");
    appendFileSync(join(task.folder, "pop.yaml"), "udp: {stale: 0}\n");
    return command;
  },
};

/** Runs the overload bench and prints its table: rounds interleaved, medians. */
export async function benchOverload({ place, options: { rounds } }: Run): Promise<void> {
  if (notInstalled(["cc", "taskset"]).length > 0) return;
  const program = join(place.directory, "overload");
  await place.run(["cc", "-O2", "-pthread", "-o", program, join(import.meta.dirname, "overload.c")]);
  const others = contenders(undefined).filter(({ key }) => ["ours-batch", "nsd", "knot"].includes(key));
  const present = [UNBOUNDED, ...others].filter(({ needs }) => notInstalled(needs).length === 0);
  const all = new Map(present.map((one): [Contender, Said[]] => [one, []]));
  const set = zoneSet("delegations");
  const zone = await writeZone(place, set, place.folder());
  for (let round = 0; round < rounds; round++) {
    for (const [one, said] of all) {
      const task = { folder: place.folder(), port: await freePort(), zones: [zone], workers: 1 };
      said.push(await measure(place, program, one, task, `${set.last}.${ORIGIN}`));
    }
  }
  table(
    `One core, all that another can send, and ${HONEST} honest queries a second: percent of these answered within`,
    [
      ["", "20 ms", "100 ms", "400 ms", "1 s", "queries a second in all"],
      ...[...all].map(([{ title }, said]) => row(title, said)),
    ],
  );
}

async function measure(
  place: Workplace,
  program: string,
  contender: Contender,
  task: Parameters<typeof serve>[2],
  name: string,
): Promise<Said> {
  const { running, port } = await serve(place, contender, task, [name], SERVER_CORE);
  try {
    const said = await place.run([program, name, String(port), String(SECONDS), String(HONEST)], LOAD_CORE);
    return JSON.parse(said) as Said;
  } finally {
    await running.stop();
  }
}

function row(title: string, said: readonly Said[]): string[] {
  const percent = (of: (one: Said) => number) => (median(said.map(of)) * 100).toFixed(1);
  const parts = [percent((s) => s.in20), percent((s) => s.in100), percent((s) => s.in400), percent((s) => s.in1000)];
  return [title, ...parts, String(Math.round(median(said.map(({ crowd }) => crowd)) + HONEST))];
}
