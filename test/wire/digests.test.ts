/** SHA-1 and SipHash-2-4 against their published vectors and other implementations. */

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sha1 } from "../../src/wire/sha1.ts";
import { sipHash } from "../../src/wire/siphash.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function sha1(data: Uint8Array): string {
  const out = new Uint8Array(20);
  new Sha1().hash(data, data.length, out, 0);
  return hex(out);
}

test("SHA-1 of the examples of FIPS 180", () => {
  expect(sha1(Buffer.from("abc"))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  expect(sha1(Buffer.from("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))).toBe(
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
  );
  expect(sha1(new Uint8Array(0))).toBe("da39a3ee5e6b4b0d3255bfef95601890afd80709");
});

test("SHA-1 is that of node:crypto for every length around the blocks, with one hasher for all", () => {
  const hasher = new Sha1();
  const out = new Uint8Array(24);
  for (let length = 0; length <= 200; length++) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff);
    hasher.hash(data, length, out, 4);
    expect(hex(out.subarray(4))).toBe(createHash("sha1").update(data).digest("hex"));
  }
});

test("SHA-1 may write over its own input, as NSEC3 iterations do", () => {
  const property = fc.property(fc.uint8Array({ minLength: 20, maxLength: 200 }), (data) => {
    const expected = createHash("sha1").update(data).digest("hex");
    new Sha1().hash(data, data.length, data, 0);
    expect(hex(data.subarray(0, 20))).toBe(expected);
  });
  fc.assert(property, { numRuns: 100 });
});

/** SipHash-2-4 as its paper writes it, on 64-bit integers. */
function slowSipHash(key: Uint8Array, data: Uint8Array): string {
  const mask = (1n << 64n) - 1n;
  const word = (bytes: Uint8Array, at: number) => Buffer.from(bytes).readBigUInt64LE(at);
  const left = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & mask;
  const [k0, k1] = [word(key, 0), word(key, 8)];
  let [a, b, c, d] = [
    0x736f6d6570736575n ^ k0,
    0x646f72616e646f6dn ^ k1,
    0x6c7967656e657261n ^ k0,
    0x7465646279746573n ^ k1,
  ];
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      [a, c] = [(a + b) & mask, (c + d) & mask];
      [b, d] = [left(b, 13n) ^ a, left(d, 16n) ^ c];
      a = left(a, 32n);
      [c, a] = [(c + b) & mask, (a + d) & mask];
      [b, d] = [left(b, 17n) ^ c, left(d, 21n) ^ a];
      c = left(c, 32n);
    }
  };
  const padded = Buffer.alloc((data.length & ~7) + 8);
  padded.set(data);
  padded[padded.length - 1] = data.length;
  for (let at = 0; at < padded.length; at += 8) {
    const m = padded.readBigUInt64LE(at);
    d ^= m;
    rounds(2);
    a ^= m;
  }
  c ^= 0xffn;
  rounds(4);
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(a ^ b ^ c ^ d);
  return out.toString("hex");
}

test("SipHash-2-4 of the paper's example, and of the empty string", () => {
  const key = Uint8Array.from({ length: 16 }, (_, i) => i);
  const out = new Uint8Array(8);
  sipHash(key)(
    Uint8Array.from({ length: 15 }, (_, i) => i),
    15,
    out,
    0,
  );
  expect(hex(out)).toBe("e545be4961ca29a1");
  sipHash(key)(new Uint8Array(0), 0, out, 0);
  expect(hex(out)).toBe("310e0edd47db6f72");
});

test("SipHash-2-4 on halves is SipHash-2-4 on 64-bit words", () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const property = fc.property(key, fc.uint8Array({ maxLength: 70 }), (k, data) => {
    const out = new Uint8Array(8);
    sipHash(k)(data, data.length, out, 0);
    expect(hex(out)).toBe(slowSipHash(k, data));
  });
  fc.assert(property, { numRuns: 300 });
});

test("a key has 16 octets", () => {
  expect(() => sipHash(new Uint8Array(15))).toThrow(RangeError);
});
