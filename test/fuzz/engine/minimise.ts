/** A corpus made small: the fewest and shortest cases found that still go every way that all of them go. */

import type { Coverage } from "./coverage.ts";
import type { Target } from "./target.ts";

/** Tries to make one case shorter. */
const TRIES = 64;

/** Keeps, shortest first, each case that goes a way which no shorter one goes; and shortens those. */
export async function minimised(
  inputs: readonly Uint8Array[],
  target: Target,
  coverage: Coverage,
): Promise<Uint8Array[]> {
  const ways = async (input: Uint8Array): Promise<number[]> => {
    coverage.clear();
    try {
      await target.check(input);
    } catch {
      return [];
    }
    return coverage.ways();
  };
  const gone = new Set<number>();
  const kept: Uint8Array[] = [];
  for (const input of inputs.toSorted((a, b) => a.length - b.length)) {
    const fresh = (await ways(input)).filter((way) => !gone.has(way));
    if (fresh.length === 0) continue;
    const short = await shortened(input, fresh, ways);
    for (const way of await ways(short)) gone.add(way);
    kept.push(short);
  }
  return kept;
}

/** Cuts pieces out for as long as the case still goes all of these ways: halves first, then ever smaller ones. */
async function shortened(
  input: Uint8Array,
  wanted: readonly number[],
  ways: (input: Uint8Array) => Promise<number[]>,
): Promise<Uint8Array> {
  let best = input;
  let tries = TRIES;
  for (let size = best.length >>> 1; size > 0 && tries > 0; size >>>= 1) {
    for (let at = 0; at < best.length && tries > 0; tries--) {
      const less = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      const gone = new Set(await ways(less));
      if (wanted.every((way) => gone.has(way))) best = less;
      else at += size;
    }
  }
  return best;
}
