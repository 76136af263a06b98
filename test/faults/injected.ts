/**
 * Faults for a program that has none: loaded before it into each of its threads (NODE_OPTIONS), it looks for files in
 * the folder FAULTS. "udp.die" ends the first thread of that kind that finds it, as do "tcp.die", "compile.die" and "tap.die"; the
 * number in "clock" is how many milliseconds every thread's clock is wrong from then on, as after a step of the system's:
 * monotonic time and timers go on as they were. The one in "later" is how much later it is for the main thread, by both
 * clocks: as though nothing had happened for so long, timers included. The one in "memory" is the limit of the process's
 * control group, in octets, as it is told: what the kernel does at it is not tried.
 */

import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import { isMainThread, workerData } from "node:worker_threads";

/** Milliseconds between two looks at the folder: the hot path asks for the time often. */
const LOOK_MS = 10;
const LOOK_NS = 10_000_000n;

const folder = process.env.FAULTS;
if (folder !== undefined) {
  const kind = isMainThread ? "main" : kindOf(process.argv[1] ?? "");
  const look = seldom(() => {
    if (taken(`${folder}/${kind}.die`)) throw new Error("told to die");
  });
  // A thread that blocks in the kernel has no timers; it looks at its mailbox between any two batches.
  const { load } = Atomics;
  Atomics.load = ((...args: Parameters<typeof load>) => {
    look();
    return load(...args);
  }) as typeof load;
  setInterval(look, LOOK_MS).unref();
  const { constrainedMemory } = process;
  process.constrainedMemory = () => numberIn(`${folder}/memory`) || constrainedMemory.call(process);
  setClock(`${folder}/clock`, `${folder}/later`);
}

function kindOf(script: string): string {
  if (basename(script) === "compilethread.ts") return "compile";
  return (workerData as { readonly kind?: string } | null)?.kind ?? "tap";
}

function seldom(look: () => void): () => void {
  // By the system's clock, whatever is made of ours.
  const monotonic = process.hrtime.bigint;
  let looked = 0n;
  return () => {
    const now = monotonic();
    if (now - looked < LOOK_NS) return;
    looked = now;
    look();
  };
}

/** True for the one thread that has taken the file. */
function taken(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}

function setClock(clock: string, later: string): void {
  const { now } = Date;
  let wrong = 0;
  let passed = 0;
  const look = seldom(() => {
    passed = isMainThread ? numberIn(later) : 0;
    wrong = numberIn(clock) + passed;
  });
  const shifted = () => {
    look();
    return now() + wrong;
  };
  const True = Date;
  globalThis.Date = new Proxy(True, {
    construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [shifted()] : args, as),
    apply: () => new True(shifted()).toString(),
  });
  True.now = shifted;
  if (!isMainThread) return;
  const monotonic = performance.now.bind(performance);
  performance.now = () => {
    look();
    return monotonic() + passed;
  };
}

function numberIn(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}
