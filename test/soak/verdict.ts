/** Whether something grows: by the slope of a line through its samples, and not by two of them. */

/** After the start, caches fill and code is compiled: this part of the samples is left out. */
const WARM_UP = 0.3;

export interface Limit {
  readonly name: string;
  /** What it may grow in an hour, by its slope. */
  readonly perHour: number;
  /** What noise alone may make of a short run, from its first sample to the last. */
  readonly noise: number;
  readonly unit: string;
}

export interface Growth extends Limit {
  /** By the slope, in the time that was judged. */
  readonly grown: number;
  /** The same in an hour. */
  readonly slope: number;
  readonly bad: boolean;
}

export interface Point {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** Judges the samples after the warm-up. */
export function growthOf(limit: Limit, points: readonly Point[]): Growth {
  const judged = points.slice(Math.floor(points.length * WARM_UP));
  const seconds = judged.length < 2 ? 0 : judged[judged.length - 1].at - judged[0].at;
  const perSecond = slopeOf(judged);
  const grown = perSecond * seconds;
  const slope = perSecond * 3600;
  return { ...limit, grown, slope, bad: grown > limit.noise && slope > limit.perHour };
}

/** Theil and Sen's: the median of the slopes of all pairs; a few samples that stand out do not move it. */
export function slopeOf(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let k = i + 1; k < points.length; k++) {
      const seconds = points[k].at - points[i].at;
      if (seconds > 0) slopes.push((points[k].value - points[i].value) / seconds);
    }
  }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  if (slopes.length === 0) return 0;
  return slopes.length % 2 === 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
}
