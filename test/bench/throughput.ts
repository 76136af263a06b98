/** The big table: all servers, each alone on its core, under the same load; rounds interleaved, medians. */

import { writeFileSync } from "node:fs";
import type { Run } from "./bench.ts";
import { type Contender, contenders } from "./contenders.ts";
import { type Measured, measure, type Pace } from "./measure.ts";
import { chosen, type Options } from "./options.ts";
import { type Row, rowsOf } from "./rows.ts";
import { NotServing } from "./server.ts";
import { cannotSign } from "./sign.ts";
import { queriesFor, type Stage, setStages, takesPart } from "./stages.ts";
import { throughputTable } from "./throughputtable.ts";
import { type Workload, workloads } from "./workloads.ts";
import { notInstalled } from "./workplace.ts";
import { zoneSet } from "./zones.ts";

const QUICK = { contenders: ["ours-batch", "ours-dgram", "nsd", "c-echo"], workloads: ["hits", "nxdomain"] };
/** Seconds that two starts of a server take at most times, by zone set: for the forecast only. */
const STARTS: Readonly<Record<string, number>> = { million: 10, delegations: 4 };

/** Runs the comparison, prints its table, and writes the rows where asked. */
export async function benchThroughput({ place, generator, options }: Run): Promise<void> {
  if (!generator) return;
  const leftOut: string[] = [];
  const servers = present(contenders(generator.echo), options, leftOut);
  const asked = workloadsAsked(options, leftOut);
  const pace = paceOf(options);
  tell(`${forecast(servers, asked, pace, options.rounds)} ${leftOut.map((line) => `${line}. `).join("")}`);
  const stages = await setStages(place, asked);
  const measured: Measured[] = [];
  const failed = new Set<string>();
  for (const { round, stage, server } of turns(options.rounds, stages, servers)) {
    const own = queriesFor(stage, server);
    const name = `${server.title}: ${stage.set.title}`;
    if (own.length === 0 || failed.has(name)) continue;
    tell(`round ${round} of ${options.rounds}: ${name}`);
    try {
      measured.push(...(await measure({ place, generator, pace }, server, stage, own)));
    } catch (error) {
      if (!(error instanceof NotServing)) throw error;
      failed.add(name);
      leftOut.push(`${name}: ${error.message}`);
    }
  }
  finish(rowsOf(measured), leftOut, options);
}

/** Servers take turns within each zone set, and all of that again in each round. */
function* turns(rounds: number, stages: readonly Stage[], servers: readonly Contender[]) {
  for (let round = 1; round <= rounds; round++)
    for (const stage of stages) for (const server of servers) yield { round, stage, server };
}

function finish(rows: readonly Row[], leftOut: readonly string[], options: Options): void {
  process.stdout.write(throughputTable(rows, leftOut));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
}

function tell(line: string): void {
  process.stderr.write(`${line.trim()}\n`);
}

/** The contenders that are asked for and can take part; the names of the others, with what they lack. */
function present(all: readonly Contender[], options: Options, leftOut: string[]): Contender[] {
  const keys = options.only ?? (options.quick ? QUICK.contenders : undefined);
  return chosen(all, keys).filter((one) => {
    const lacking = notInstalled(one.needs);
    const why = lacking.length > 0 ? `${lacking.join(", ")} not installed` : one.missing?.();
    if (why !== undefined) leftOut.push(`${one.title}: left out, ${why}`);
    return why === undefined;
  });
}

function workloadsAsked(options: Options, leftOut: string[]): Workload[] {
  const unsigned = cannotSign();
  return chosen(workloads, options.rows ?? (options.quick ? QUICK.workloads : undefined)).filter((workload) => {
    if (unsigned === undefined || zoneSet(workload.zones).signed === undefined) return true;
    leftOut.push(`${workload.key}: left out, ${unsigned}`);
    return false;
  });
}

function paceOf({ seconds, quick }: Options): Pace {
  return quick
    ? { warm: 0.5, flood: seconds, steady: seconds }
    : { warm: Math.max(0.7, seconds / 3), flood: seconds, steady: Math.max(1, (seconds * 3) / 4) };
}

function forecast(servers: readonly Contender[], asked: readonly Workload[], pace: Pace, rounds: number): string {
  const each = pace.warm + pace.flood + pace.steady + 0.2;
  const loads = servers.flatMap((server) => asked.filter((workload) => takesPart(server, workload))).length * each;
  const starts = [...new Set(asked.map(({ zones }) => zones))].reduce((sum, key) => sum + (STARTS[key] ?? 1), 0);
  const seconds = rounds * (loads + servers.length * starts);
  const long = seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return `${servers.length} contenders, ${asked.length} workloads, ${rounds} rounds: about ${long}.`;
}
