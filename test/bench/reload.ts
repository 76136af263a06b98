/** A zone of a million names is loaded again while queries flow: how many are lost, and how long do the others wait? */

import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { PORT, run, untilAnswered, zonecast } from "./process.ts";
import { table } from "./table.ts";
import { flatZone } from "./zonetext.ts";

const NAMES = 1_000_000;
const RATE = 20_000;
const RELOADS = 3;

/** What the sender has seen since it was last asked. */
export interface Seen {
  readonly sent: number;
  readonly lost: number;
  readonly wrong: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Serials of the zone, by the address that changes with each version, in the order seen. */
  readonly versions: readonly number[];
}

/** Runs the reload bench and prints its table. */
export async function benchReload(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-reload-"));
  const file = join(directory, "big.example.zone");
  const text = flatZone(NAMES);
  writeFileSync(file, `${text}version A 192.0.2.1\n`);
  const running = run(zonecast(directory, 1));
  await untilAnswered(running, ["h999999.big.example"]);
  const sender = new Worker(new URL("./sender.ts", import.meta.url), {
    workerData: { port: PORT, rate: RATE, names: NAMES },
  });
  const ask = () =>
    new Promise<Seen>((resolve) => {
      sender.once("message", resolve);
      sender.postMessage("report");
    });
  await wait(2000);
  await ask();
  await wait(5000);
  let dropped = drops();
  const report = async (name: string) => {
    const before = dropped;
    dropped = drops();
    return row(name, await ask(), dropped - before);
  };
  const rows = [
    ["", "sent", "lost", "dropped at the server", "wrong", "p50 ms", "p99 ms", "max ms", "versions seen"],
    await report("no reload"),
  ];
  for (let version = 2; version < 2 + RELOADS; version++) {
    writeFileSync(`${file}.new`, `${text}version A 192.0.2.${version}\n`);
    await wait(1000);
    await ask();
    renameSync(`${file}.new`, file);
    await wait(5000);
    rows.push(await report(`reload ${version - 1}`));
  }
  table(`Reloading ${NAMES} names under ${RATE} queries per second`, rows);
  await sender.terminate();
  await running.stop();
  rmSync(directory, { recursive: true });
}

/** Datagrams that the kernel had no room for at the server's socket, as /proc/net/udp counts them. */
function drops(): number {
  const port = `:${PORT.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/udp", "utf8").split("\n").slice(1);
  const own = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[1]?.endsWith(port));
  return own.reduce((sum, fields) => sum + Number(fields[12]), 0);
}

function row(name: string, seen: Seen, dropped: number): string[] {
  const times = [seen.p50, seen.p99, seen.max].map((value) => value.toFixed(2));
  return [
    name,
    String(seen.sent),
    String(seen.lost),
    String(dropped),
    String(seen.wrong),
    ...times,
    seen.versions.join(" "),
  ];
}
