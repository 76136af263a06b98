/** How long from zone text to answering, and at what memory, beside NSD: same files, in turn, several times. */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { memory, nsd, run, untilAnswered, zonecast } from "./process.ts";
import { median, spread, table } from "./table.ts";
import { delegations, flatZone, smallZones } from "./zonetext.ts";

const RUNS = 5;
/** Long enough for the compile thread to have ended. */
const SETTLE_MS = 4000;

interface Figures {
  readonly seconds: number[];
  readonly rss: number[];
  readonly pss: number[];
}

async function measure(command: readonly string[], names: readonly string[], into: Figures): Promise<void> {
  const running = run(command);
  into.seconds.push(await untilAnswered(running, names));
  await wait(SETTLE_MS);
  const { rss, pss } = memory(running.child.pid as number);
  into.rss.push(rss);
  into.pss.push(pss);
  await running.stop();
}

function figures(): Figures {
  return { seconds: [], rss: [], pss: [] };
}

function row(name: string, { seconds, rss, pss }: Figures): string[] {
  return [name, spread(seconds), String(median(rss)), String(median(pss))];
}

async function besideNsd(title: string, text: string, name: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-load-"));
  const theirs = join(directory, "nsd");
  mkdirSync(theirs);
  writeFileSync(join(directory, "big.example.zone"), text);
  copyFileSync(join(directory, "big.example.zone"), join(theirs, "big.zone"));
  const nsdCommand = nsd(theirs, [{ name: "big.example", file: "big.zone" }]);
  const ours = figures();
  const peers = figures();
  // One start that is not counted: compiled code and the files are in their caches then.
  await measure(zonecast(directory), [name], figures());
  for (let i = 0; i < RUNS; i++) {
    await measure(zonecast(directory), [name], ours);
    await measure(nsdCommand, [name], peers);
  }
  const ratio = median(ours.seconds) / median(peers.seconds);
  table(title, [
    ["", "seconds to the answer (min / median / max)", "RSS MB", "PSS MB"],
    row("zonecast", ours),
    row("NSD", peers),
    [
      "ratio",
      ratio.toFixed(2),
      (median(ours.rss) / median(peers.rss)).toFixed(2),
      (median(ours.pss) / median(peers.pss)).toFixed(2),
    ],
  ]);
  rmSync(directory, { recursive: true });
}

async function manyZones(count: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-many-"));
  smallZones(directory, count);
  const ours = figures();
  const names = Array.from({ length: 20 }, (_, i) => `www.z${Math.floor(((i + 1) * count) / 20) - 1}.example`);
  for (let i = 0; i < RUNS; i++) await measure(zonecast(directory), names, ours);
  table(`${count} small zones`, [
    ["", "seconds until the last answers (min / median / max)", "RSS MB", "PSS MB"],
    row("zonecast", ours),
  ]);
  rmSync(directory, { recursive: true });
}

/** Runs the load benches and prints their tables. */
export async function benchLoad(): Promise<void> {
  await besideNsd("1,000,000 names, one A each", flatZone(1_000_000), "h999999.big.example");
  await besideNsd("100,000 delegations with glue", delegations(100_000), "ns1.d99999.big.example");
  await manyZones(10_000);
}
