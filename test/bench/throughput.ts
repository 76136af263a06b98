/** UDP answers a second on one core, beside a bare node:dgram echo and NSD: in turn, under the same load. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { family, nsd, PORT, type Running, run, untilAnswered, zonecast } from "./process.ts";
import { median, spread, table } from "./table.ts";
import { flatZone } from "./zonetext.ts";

const ROUNDS = 5;
const SECONDS = 4;
const NAMES = 10_000;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** USER_HZ, the unit of times in /proc. */
const TICKS = 100;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly qps: number[];
  readonly micros: number[];
}

/** Loads a server that runs on one core; its answers a second, and its CPU time for each in µs. */
async function load(contender: Contender, queries: string): Promise<void> {
  const running = run(contender.command, SERVER_CORE);
  if (contender.name === "node:dgram echo") await wait(500);
  else await untilAnswered(running, [`h${NAMES - 1}.big.example`]);
  dnsperf(queries, 1);
  const before = cpuSeconds(running);
  const qps = dnsperf(queries, SECONDS);
  const spent = cpuSeconds(running) - before;
  await running.stop();
  contender.qps.push(qps);
  contender.micros.push((spent * 1e6) / (qps * SECONDS));
}

function dnsperf(queries: string, seconds: number): number {
  const args = ["-s", "127.0.0.1", "-p", String(PORT), "-d", queries, "-l", String(seconds), "-c", "16", "-q", "256"];
  const output = execFileSync("taskset", ["-c", String(LOAD_CORE), "dnsperf", ...args], { encoding: "utf8" });
  return Number(/Queries per second:\s+([\d.]+)/.exec(output)?.[1]);
}

function cpuSeconds(running: Running): number {
  const ticks = family(running.child.pid as number).map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS;
}

/** Runs the throughput bench and prints its table. */
export async function benchThroughput(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-qps-"));
  const theirs = join(directory, "nsd");
  mkdirSync(theirs);
  writeFileSync(join(directory, "big.example.zone"), flatZone(NAMES));
  const queries = join(directory, "queries");
  writeFileSync(queries, Array.from({ length: NAMES }, (_, i) => `h${(i * 7919) % NAMES}.big.example A\n`).join(""));
  const contender = (name: string, command: readonly string[]): Contender => ({ name, command, qps: [], micros: [] });
  const contenders = [
    contender("node:dgram echo", [process.execPath, "test/bench/echo.ts", String(PORT)]),
    contender("zonecast, dgram", zonecast(directory, 1)),
    contender("NSD", nsd(theirs, [{ name: "big.example", file: join(directory, "big.example.zone") }])),
  ];
  for (let round = 0; round < ROUNDS; round++) for (const one of contenders) await load(one, queries);
  const [echo] = contenders;
  table(`UDP on one core, ${NAMES} names, load by dnsperf on the other core`, [
    ["", "queries per second (min / median / max)", "CPU µs per query", "of the echo's qps", "of its µs"],
    ...contenders.map(({ name, qps, micros }) => [
      name,
      spread(qps, 0),
      spread(micros),
      (median(qps) / median(echo.qps)).toFixed(2),
      (median(micros) / median(echo.micros)).toFixed(2),
    ]),
  ]);
  rmSync(directory, { recursive: true });
}
