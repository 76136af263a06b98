/** What POPs cost that have nothing to do: with anycast, and without. */

import { readFileSync } from "node:fs";
import { pause } from "./clock.ts";
import type { Lab } from "./lab.ts";
import { table } from "./map.ts";
import { POPS } from "./topology.ts";

const SECONDS = 30;
/** Of the kernel, for all programs: sysconf(_SC_CLK_TCK) on Linux. */
const TICKS = 100;
/** Compilation and the first heartbeats are over by then. */
const QUIET_MS = 5000;

/** Measures all POPs with anycast, then one without. Nobody asks them anything but they themselves. */
export async function idle(lab: Lab, tell: (text: string) => void): Promise<string> {
  lab.clients.end();
  const rows = [["", "processor, % of a core", "of the main thread", "memory, MB"]];
  for (const anycast of [true, false]) {
    const [pop] = POPS;
    await lab.restart(pop.name, { anycast, wary: true, breakable: false });
    await pause(QUIET_MS);
    tell(`${anycast ? "with" : "without"} anycast, ${SECONDS} s`);
    rows.push([anycast ? "with anycast" : "without", ...(await cost(lab.pop(pop.name).pid))]);
  }
  return table(rows);
}

async function cost(pid: number): Promise<string[]> {
  const before = { all: ticks(`/proc/${pid}/stat`), main: ticks(`/proc/${pid}/task/${pid}/stat`) };
  await pause(SECONDS * 1000);
  const percent = (after: number, from: number) => (((after - from) / TICKS / SECONDS) * 100).toFixed(2);
  const memory = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return [
    percent(ticks(`/proc/${pid}/stat`), before.all),
    percent(ticks(`/proc/${pid}/task/${pid}/stat`), before.main),
    (Number(memory) / 1024).toFixed(0),
  ];
}

/** User and system time of a process or thread: fields 14 and 15, counted from after the name, which may hold anything. */
function ticks(file: string): number {
  const stat = readFileSync(file, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
