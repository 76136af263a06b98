/** Times as people read them. */

/** "43 ms", "35.6 s". */
export function formatMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(?<count>\d{1,6})(?<unit>[smhd])$/;

/** Seconds in "90s", "30m", "2h" or "1d"; undefined for what is none of these, or no time at all. */
export function secondsFrom(text: string): number | undefined {
  const { count, unit } = DURATION.exec(text)?.groups ?? {};
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  return seconds > 0 ? seconds : undefined;
}

/** "12 s", "5 min", "3 h", "2 d": one number, rounded. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 100 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
