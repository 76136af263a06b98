/** How long fuzzing goes on: seconds in the suite, FUZZ_TIMES as long by `npm run fuzz:properties`. */

const factor = Math.max(1, Number(process.env.FUZZ_TIMES ?? 1));

/** So many runs, or milliseconds, in the suite; as many times more as was asked for. */
export function times(count: number): number {
  return Math.round(count * factor);
}
