/** Arbitrary names for the wire tests: octets of every kind, letters in both cases, up to the limits. */

import fc from "fast-check";

/** Few different octets, so that names often share suffixes or differ in case only. */
const likely = fc.constantFrom(0, 1, 2, 42, 46, 65, 66, 90, 91, 97, 98, 122, 123, 192, 255);
const octet = fc.oneof({ weight: 3, arbitrary: likely }, { weight: 1, arbitrary: fc.nat(255) });
const label = fc.oneof(
  { weight: 6, arbitrary: fc.array(octet, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(octet, { minLength: 60, maxLength: 63 }) },
);

/** A name's labels, 255 octets at most in all. */
export const labels: fc.Arbitrary<number[][]> = fc
  .oneof(
    { weight: 8, arbitrary: fc.array(label, { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(fc.array(likely, { minLength: 1, maxLength: 1 }), { maxLength: 127 }) },
  )
  .map(withinLimit);

function withinLimit(list: number[][]): number[][] {
  let left = 254;
  return list.filter((one) => {
    left -= one.length + 1;
    return left >= 0;
  });
}

/** The wire form of labels, from the leftmost on. */
export function wireOf(list: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...list.flatMap((one) => [one.length, ...one]), 0]);
}

/** ASCII lower case, written apart from the code under test. */
export function lower(value: number): number {
  return value >= 0x41 && value <= 0x5a ? value | 0x20 : value;
}

/** The labels with the case of letters turned where a bit of the mask is set. */
export function turned(list: readonly (readonly number[])[], mask: number): number[][] {
  let bit = 0;
  const turn = (value: number) => {
    const letter = (value >= 65 && value <= 90) || (value >= 97 && value <= 122);
    return letter && ((mask >>> (bit++ % 31)) & 1) === 1 ? value ^ 0x20 : value;
  };
  return list.map((one) => one.map(turn));
}
