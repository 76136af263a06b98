/** Serial number arithmetic on 32 bits (RFC 1982). */

/** Positive when a is after b, negative when before, 0 when equal; NaN for the pair RFC 1982 §3.2 leaves undefined. */
export function compareSerial(a: number, b: number): number {
  if (a === b) return 0;
  const distance = (a - b) >>> 0;
  if (distance === 0x80000000) return Number.NaN;
  return distance < 0x80000000 ? 1 : -1;
}
