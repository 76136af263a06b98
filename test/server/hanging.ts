/**
 * Loaded into the threads of a program under test (node --import): the first thread of a kind that finds the file
 * "udp.spin" in the folder HANG takes it away, and hangs. ".spin" is in JavaScript, ".sleep" two seconds in the kernel,
 * ".die" throws.
 */

import { existsSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMainThread, workerData } from "node:worker_threads";

const folder = process.env.HANG ?? "";
const kind = (workerData as { readonly kind?: string } | null)?.kind;

if (!isMainThread && kind !== undefined) {
  // A thread that waits in the kernel looks here between two batches; one with an event loop has its timers.
  const { load } = Atomics;
  Atomics.load = ((cells: Int32Array, index: number) => {
    look();
    return load(cells, index);
  }) as typeof Atomics.load;
  setInterval(look, 5).unref();
}

function look(): void {
  if (take("spin")) for (;;);
  if (take("sleep")) sleepInKernel();
  if (take("die")) throw new Error("told to die");
}

function take(way: string): boolean {
  const file = join(folder, `${kind}.${way}`);
  if (!existsSync(file)) return false;
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}

function sleepInKernel(): void {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  koffi.load(null).func("unsigned int sleep(unsigned int)")(2);
}
