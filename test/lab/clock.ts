/** The lab's clock: milliseconds of the machine, the same in all of its processes. */

export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resolves once `done` says so, looking every few milliseconds; rejects with what was waited for. */
export async function until(
  what: string,
  patience: number,
  done: () => boolean | Promise<boolean>,
  every = 20,
): Promise<void> {
  const end = now() + patience;
  while (!(await done())) {
    if (now() > end) throw new Error(`not in ${Math.round(patience / 100) / 10} s: ${what}`);
    await pause(every);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
