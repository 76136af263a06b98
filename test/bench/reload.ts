/** A zone of a million names is loaded again while queries flow: how many are lost, and how long do the others wait? */

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  const rows = [
    ["", "sent", "lost", "wrong", "p50 ms", "p99 ms", "max ms", "versions seen"],
    row("no reload", await ask()),
  ];
  for (let version = 2; version < 2 + RELOADS; version++) {
    writeFileSync(`${file}.new`, `${text}version A 192.0.2.${version}\n`);
    await wait(1000);
    await ask();
    renameSync(`${file}.new`, file);
    await wait(5000);
    rows.push(row(`reload ${version - 1}`, await ask()));
  }
  table(`Reloading ${NAMES} names under ${RATE} queries per second`, rows);
  await sender.terminate();
  await running.stop();
  rmSync(directory, { recursive: true });
}

function row(name: string, seen: Seen): string[] {
  const times = [seen.p50, seen.p99, seen.max].map((value) => value.toFixed(2));
  return [name, String(seen.sent), String(seen.lost), String(seen.wrong), ...times, seen.versions.join(" ")];
}
