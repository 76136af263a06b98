/** What /proc tells about a server: its memory, its CPU time, and datagrams that it had no room for. */

import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, the unit of times in /proc. */
const TICKS = 100;

export interface Memory {
  /** MB that are resident. */
  readonly rss: number;
  /** The same with what processes share counted once. */
  readonly pss: number;
}

export interface CpuTime {
  /** Seconds. */
  readonly user: number;
  readonly system: number;
}

/** Memory of a process and all below it. */
export function memory(pid: number): Memory {
  let rss = 0;
  let pss = 0;
  for (const one of family(pid)) {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return { rss: Math.round(rss / 1024), pss: Math.round(pss / 1024) };
}

/** CPU time so far of a process and all below it, with that of threads that have ended. */
export function cpuTime(pid: number): CpuTime {
  let user = 0;
  let system = 0;
  for (const one of family(pid)) {
    const fields = readFileSync(`/proc/${one}/stat`, "utf8").split(") ")[1].split(" ");
    user += Number(fields[11]) / TICKS;
    system += Number(fields[12]) / TICKS;
  }
  return { user, system };
}

/** Nanoseconds of processor time so far of all threads of a process, as the scheduler counts them. */
export function threadTime(pid: number): number {
  let spent = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    spent += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return spent;
}

/** Seconds since boot that a core has not been idle. */
export function coreBusy(core: number): number {
  const line = readFileSync("/proc/stat", "utf8").match(new RegExp(`^cpu${core} (.*)$`, "m"))?.[1] ?? "";
  const [user, nice, system, , , irq, softirq] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq) / TICKS;
}

/** Datagrams that the kernel dropped at the sockets of a port, as /proc/net/udp counts them. */
export function drops(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/udp", "utf8").split("\n").slice(1);
  const own = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[1]?.endsWith(suffix));
  return own.reduce((sum, fields) => sum + Number(fields[12]), 0);
}

/** A process and all below it. */
function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => childrenOf(pid, task));
  return [pid, ...children.flatMap(family)];
}

function childrenOf(pid: number, task: string): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch (error) {
    // A thread that has ended since it was listed: PowerDNS has one for each TCP connection.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
