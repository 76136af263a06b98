/** One server over one zone set: its start, each workload's load, its memory, its restart. */

import type { Contender } from "./contenders.ts";
import type { Generator, Load, Mode } from "./generator.ts";
import { coreBusy, cpuTime, type Memory, memory } from "./procfs.ts";
import { freePort, lastWords, NotServing, type Serving, serve } from "./server.ts";
import type { Prepared, Stage } from "./stages.ts";
import type { Workload } from "./workloads.ts";
import { LOAD_CORE, SERVER_CORE, type Workplace } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";

/** Seconds of each part. */
export interface Pace {
  readonly warm: number;
  readonly flood: number;
  readonly steady: number;
}

/** What one round measures. */
export interface Measured {
  readonly contender: Contender;
  readonly workload: Workload;
  readonly flood: Load;
  /** CPU time of the server for each answer, in µs. */
  readonly user: number;
  readonly system: number;
  /** The part of its core that the server used. */
  readonly busy: number;
  /** The part of the two cores that programs other than the server and the load used. */
  readonly others: number;
  /** At 20,000 queries a second; over UDP only. */
  readonly steady: Load | undefined;
  readonly memory: Memory;
  /** Seconds to the first answer. */
  readonly load: number;
  readonly restart: number;
}

type Loaded = Omit<Measured, "memory" | "load" | "restart">;

const MODES: Readonly<Record<Workload["transport"], Mode>> = {
  udp: "flood",
  "tcp pipelined": "pipeline",
  "tcp connections": "connect",
};

export interface Bench {
  readonly place: Workplace;
  readonly generator: Generator;
  readonly pace: Pace;
}

/** Runs all of these workloads against one server on its core. Throws NotServing when it does not come up. */
export async function measure(
  bench: Bench,
  contender: Contender,
  { set, zone }: Stage,
  prepared: readonly Prepared[],
): Promise<Measured[]> {
  const task = { folder: bench.place.folder(), port: await freePort(), zones: [zone], workers: 1 };
  const names = [`${set.last}.${ORIGIN}`];
  const first = await serve(bench.place, contender, task, names, SERVER_CORE);
  const loaded: Loaded[] = [];
  let weight: Memory;
  try {
    for (const one of prepared) loaded.push(await load(bench, contender, first, one));
    weight = memory(first.running.pid);
  } catch (error) {
    throw first.running.ended() === undefined ? error : new NotServing(lastWords(first.running));
  } finally {
    await first.running.stop();
  }
  const again = await serve(bench.place, { ...contender, prepare: () => [] }, task, names, SERVER_CORE);
  await again.running.stop();
  return loaded.map((one) => ({ ...one, memory: weight, load: first.seconds, restart: again.seconds }));
}

async function load(
  { generator, pace }: Bench,
  contender: Contender,
  { running, port }: Serving,
  { workload, queries }: Prepared,
): Promise<Loaded> {
  const mode = MODES[workload.transport];
  const warm = await generator.load(mode, queries, port, pace.warm);
  const before = { ...cpuTime(running.pid), cores: coresBusy() };
  const flood = await generator.load(mode, queries, port, pace.flood, { skip: warm.next });
  const after = { ...cpuTime(running.pid), cores: coresBusy() };
  const steady =
    workload.transport === "udp"
      ? await generator.load("steady", queries, port, pace.steady, { skip: flood.next })
      : undefined;
  const user = after.user - before.user;
  const system = after.system - before.system;
  return {
    contender,
    workload,
    flood,
    user: (user * 1e6) / flood.answered,
    system: (system * 1e6) / flood.answered,
    busy: (user + system) / flood.seconds,
    others: Math.max(0, (after.cores - before.cores - user - system - flood.load_cpu_s) / (2 * flood.seconds)),
    steady,
  };
}

function coresBusy(): number {
  return coreBusy(SERVER_CORE) + coreBusy(LOAD_CORE);
}
