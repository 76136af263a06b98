/** The load generator beside dnsperf: at rates that both can reach, they must tell the same. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./bench.ts";
import { contenders } from "./contenders.ts";
import { type CpuTime, cpuTime } from "./procfs.ts";
import { freePort, type Serving, serve } from "./server.ts";
import { setStages } from "./stages.ts";
import { table } from "./table.ts";
import { queriesOf, type Workload, workload } from "./workloads.ts";
import { LOAD_CORE, notInstalled, SERVER_CORE } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";

const SECONDS = 3;
/** Queries a second; 0 is as many as it can. dnsperf's own limit on one core is near 150,000. */
const RATES = [50_000, 100_000, 0];
/** One that is faster than dnsperf, and one that is not. */
const SERVERS = ["nsd", "bind"];
const HEAD = ["server", "asked for", "", "queries/s", "lost", "server's CPU µs", "p50 / mean latency µs"];

/** Runs both against each server and prints what they tell. */
export async function benchCheckLoad({ place, generator, options }: Run): Promise<void> {
  const lacking = notInstalled(["dnsperf"]);
  if (!generator || lacking.length > 0) {
    process.stdout.write("check-load: skipped, dnsperf is not installed\n");
    return;
  }
  const hits = workload("hits");
  const [{ set, zone, prepared }] = await setStages(place, [hits]);
  const text = join(place.folder(), "queries.txt");
  writeFileSync(text, dnsperfQueries(hits));
  const rows: string[][] = [];
  for (const server of contenders(undefined).filter((one) => (options.only ?? SERVERS).includes(one.key))) {
    if (notInstalled(server.needs).length > 0) continue;
    const task = { folder: place.folder(), port: await freePort(), zones: [zone], workers: 1 };
    const serving = await serve(place, server, task, [`${set.last}.${ORIGIN}`], SERVER_CORE);
    for (const rate of RATES) {
      const asked = rate === 0 ? "all it can" : String(rate);
      rows.push([server.title, asked, "dnsperf", ...(await costs(serving, () => dnsperf(serving.port, rate)))]);
      rows.push([server.title, asked, "load.c", ...(await costs(serving, () => own(serving.port, rate)))]);
    }
    await serving.running.stop();
  }
  table(`The load generator beside dnsperf, ${hits.title}, ${set.title}`, [HEAD, ...rows]);

  async function dnsperf(port: number, rate: number): Promise<Said> {
    const limit = rate === 0 ? [] : ["-Q", String(rate)];
    const shape = ["-c", "8", "-q", "256", "-l", String(SECONDS), ...limit];
    return dnsperfSaid(
      await place.run(["dnsperf", "-s", "127.0.0.1", "-p", String(port), "-d", text, ...shape], LOAD_CORE),
    );
  }

  async function own(port: number, rate: number): Promise<Said> {
    const mode = rate === 0 ? "flood" : "steady";
    const load = await (generator as NonNullable<typeof generator>).load(mode, prepared[0].queries, port, SECONDS, {
      rate,
    });
    return { ...load, latency: load.p50_us };
  }
}

interface Said {
  readonly qps: number;
  readonly lost: number;
  readonly answered: number;
  /** µs. */
  readonly latency: number;
}

async function costs({ running }: Serving, load: () => Promise<Said>): Promise<string[]> {
  await load();
  const before = cpuTime(running.pid);
  const { qps, lost, answered, latency } = await load();
  const after = cpuTime(running.pid);
  const cpu = ((sum(after) - sum(before)) * 1e6) / answered;
  return [qps.toFixed(0), String(lost), cpu.toFixed(2), latency > 0 ? latency.toFixed(0) : "–"];
}

function sum({ user, system }: CpuTime): number {
  return user + system;
}

function dnsperfSaid(output: string): Said {
  const figure = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  return {
    qps: figure(/Queries per second:\s+([\d.]+)/),
    lost: figure(/Queries lost:\s+(\d+)/),
    answered: figure(/Queries completed:\s+(\d+)/),
    latency: figure(/Average Latency \(s\):\s+([\d.]+)/) * 1e6,
  };
}

function dnsperfQueries(asked: Workload): string {
  return [...queriesOf(asked)].map(({ name, type }) => `${name} ${type}\n`).join("");
}
