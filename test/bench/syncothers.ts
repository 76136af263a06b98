/** How much of the machine other programs use while something is measured: with much of that, no figure is to be trusted. */

import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, the unit of times in /proc. */
const TICKS = 100;

export interface Watch {
  /** Percent of all processors' time that was other programs' since it began. */
  end(): number;
}

/** Begins to watch. Undefined where there is no /proc. */
export function watchOthers(): Watch | undefined {
  try {
    const before = timesNow();
    return {
      end: () => {
        const after = timesNow();
        const others = after.busy - before.busy - (after.own - before.own);
        return Math.max(0, Math.round((100 * others) / (after.all - before.all)));
      },
    };
  } catch {
    return undefined;
  }
}

interface Times {
  readonly all: number;
  readonly busy: number;
  readonly own: number;
}

/** In seconds since boot, of all processors together. */
function timesNow(): Times {
  const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).slice(1, 9).map(Number);
  const [user, nice, system, idle, waiting, irq, softirq, stolen] = fields;
  const busy = user + nice + system + irq + softirq + stolen;
  return { all: (busy + idle + waiting) / TICKS, busy: busy / TICKS, own: ownTicks() / TICKS };
}

/** Of this process and all below it, with those of them that have ended. */
function ownTicks(): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      processes.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended since.
    }
  }
  let total = 0;
  for (const [pid, { ticks }] of processes) {
    let ancestor = pid;
    while (ancestor > 1 && ancestor !== process.pid) ancestor = processes.get(ancestor)?.parent ?? 0;
    if (ancestor === process.pid) total += ticks;
  }
  return total;
}
