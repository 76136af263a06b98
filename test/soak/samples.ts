/** What a server takes of the machine, second by second. */

import { readdirSync, readFileSync } from "node:fs";
import { drops } from "../bench/procfs.ts";
import type { Soaked } from "./place.ts";
import { type SharedMemory, Tally, totals } from "./shared.ts";

/** Of one server. */
export interface Usage {
  /** MB. */
  readonly rss: number;
  /** MB of V8's heap that the main thread uses; undefined when the admin server did not say in time. */
  readonly heap: number | undefined;
  readonly descriptors: number;
  readonly threads: number;
}

/** Of one second. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  readonly files: Usage;
  readonly store: Usage;
  /** Answers in this second; losses until now. */
  readonly qps: number;
  readonly lost: number;
  readonly reloads: number;
  readonly pushes: number;
}

const HEAP = /^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)/m;
const ASK_MS = 900;

export async function usageOf({ pid, admin }: Soaked): Promise<Usage> {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    rss: of("VmRSS") / 1024,
    heap: await heapOf(admin),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: of("Threads"),
  };
}

async function heapOf(admin: number): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${admin}/metrics`, { signal: AbortSignal.timeout(ASK_MS) });
    const used = HEAP.exec(await response.text())?.[1];
    return used === undefined ? undefined : Number(used) / (1 << 20);
  } catch {
    return undefined;
  }
}

/** Datagrams that the kernel had no room for, at the servers and here. */
export function kernelDrops(servers: readonly Soaked[]): number {
  return servers.reduce((sum, { port }) => sum + drops(port), 0);
}

export interface Sampler {
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

/** Takes a sample each second until it is stopped. */
export function sampling(
  { files, store }: { readonly files: Soaked; readonly store: Soaked },
  memory: SharedMemory,
  done: () => { readonly reloads: number; readonly pushes: number },
): Sampler {
  const samples: Sample[] = [];
  const started = performance.now();
  let before = { at: started, answered: totals(memory)[Tally.ANSWERED] };
  let busy = Promise.resolve();
  const take = async () => {
    const [one, other] = await Promise.all([usageOf(files), usageOf(store)]);
    const now = { at: performance.now(), answered: totals(memory)[Tally.ANSWERED] };
    const qps = ((now.answered - before.answered) * 1000) / (now.at - before.at);
    before = now;
    const lost = totals(memory)[Tally.LOST];
    samples.push({ at: (now.at - started) / 1000, files: one, store: other, qps, lost, ...done() });
  };
  const timer = setInterval(() => {
    busy = busy.then(take);
  }, 1000);
  return {
    samples,
    async stop() {
      clearInterval(timer);
      await busy;
    },
  };
}
