/** Lines that whoever asks can cause are written seldom, with how many were left out: a log must not be filled from outside. */

const EVERY_MS = 10_000;

/** Calls what it is given at most once in ten seconds, with the number of calls left out since the last one. */
export function seldom(now: () => number): (write: (unwritten: number) => void) => void {
  let last = Number.NEGATIVE_INFINITY;
  let unwritten = 0;
  return (write) => {
    if (now() - last < EVERY_MS) {
      unwritten++;
      return;
    }
    last = now();
    write(unwritten);
    unwritten = 0;
  };
}
