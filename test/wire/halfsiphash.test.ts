/** HalfSipHash-1-3, by the vector that Linux tests its own with. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { HalfSipHash } from "../../src/wire/halfsiphash.ts";

const hashed = (key: Uint8Array, ...words: number[]) => {
  const out = new Int32Array(2);
  new HalfSipHash(key).hash(Int32Array.from(words), out);
  return [...out];
};

test("octets 0 to 15 under the key of octets 0 to 7 (lib/siphash_kunit.c, the vector of length 16)", () => {
  const [value] = hashed(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);
  expect(value).toBe(-1959668479);
});

test("one bit of the key or of a word changes about half of both results", () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const key = fc.uint8Array({ minLength: 8, maxLength: 8 });
  let bits = 0;
  let runs = 0;
  fc.assert(
    fc.property(key, fc.tuple(word, word, word, word), fc.nat(191), (given, words, bit) => {
      const [keyThen, wordsThen] = [given.slice(), [...words]];
      if (bit < 64) keyThen[bit >>> 3] ^= 1 << (bit & 7);
      else wordsThen[(bit - 64) >>> 5] ^= 1 << (bit & 31);
      const [before, after] = [hashed(given, ...words), hashed(keyThen, ...wordsThen)];
      const changed = before.map((one, i) => (one ^ (after[i] ?? 0)) >>> 0);
      expect(changed).not.toContain(0);
      bits += changed.reduce((sum, one) => sum + ones(one), 0);
      runs++;
    }),
    { numRuns: 500 },
  );
  expect(bits / runs).toBeGreaterThan(28);
  expect(bits / runs).toBeLessThan(36);
});

test("a key of another length is refused", () => {
  expect(() => new HalfSipHash(new Uint8Array(16))).toThrow("a HalfSipHash key is 8 octets, not 16");
});

function ones(word: number): number {
  return word.toString(2).replaceAll("0", "").length;
}
