/** Whether a check keeps anything: memory and descriptors before and after many more cases that it has seen already. */

import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Target } from "./target.ts";

/** Octets that a heap may differ by without anything being kept: caches, tables and code that grow once. */
const SLACK = 3 << 20;

export interface Flat {
  /** Octets of the heap and of buffers, more after the last turn than after the one before. */
  readonly grown: number;
  readonly rss: number;
  readonly descriptors: number;
}

/** The files and sockets that are open; 0 where the system does not tell. */
export function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Runs the cases over and over, so many in a turn, and says what the last turn has left behind. */
export async function flatness(target: Target, inputs: readonly Uint8Array[], turn: number): Promise<Flat> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = async (): Promise<number> => {
    for (let i = 0; i < turn; i++) await quietly(target, inputs[i % inputs.length]);
    collect();
    // Buffers are let go of in a turn of the loop of their own.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  await used();
  const before = await used();
  return { grown: (await used()) - before, rss: process.memoryUsage.rss(), descriptors: descriptors() };
}

/** Throws when something has been kept. */
export function judgeFlat({ grown, descriptors: after }: Flat, before: number): void {
  if (grown > SLACK) throw new Error(`${grown} octets are kept of cases that are over`);
  if (after > before) throw new Error(`${after - before} descriptors are left open`);
}

async function quietly(target: Target, input: Uint8Array): Promise<void> {
  try {
    await target.check(input);
  } catch {
    // It has been told of when it was found.
  }
}
