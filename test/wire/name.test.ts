/** Names as the answering path reads them (RFC 1035 §3.1, RFC 4343). */

import fc from "fast-check";
import { expect, test } from "vitest";
import { hashLabel, joinHash, LOWER, MAX_NAME, Name, ROOT_HASH, skipName } from "../../src/wire/name.ts";
import { labels, lower, turned, wireOf } from "./names.ts";

function read(wire: Uint8Array): Name {
  const name = new Name();
  expect(name.read(wire, 0, wire.length)).toBe(wire.length);
  return name;
}

test("a name is read octet by octet, with its labels and its lower case", () => {
  const property = fc.property(labels, (list) => {
    const wire = wireOf(list);
    const name = read(wire);
    expect(name.length).toBe(wire.length);
    expect(name.labels).toBe(list.length);
    expect(name.wire.slice(0, name.length)).toEqual(wire);
    expect(name.lower.slice(0, name.length)).toEqual(wireOf(list.map((label) => label.map(lower))));
    expect(list.map((_, i) => wire[name.offset[i]])).toEqual(list.map((label) => label.length));
    expect(name.offset[list.length]).toBe(wire.length - 1);
    expect(skipName(wire, 0)).toBe(wire.length);
  });
  fc.assert(property, { numRuns: 300 });
});

test("case makes no difference to equality and hashes, anything else does to equality", () => {
  const property = fc.property(labels, labels, fc.nat(), (list, other, mask) => {
    const [name, same, another] = [read(wireOf(list)), read(wireOf(turned(list, mask))), read(wireOf(other))];
    expect(name.equals(same)).toBe(true);
    expect([...same.hash.slice(0, list.length + 1)]).toEqual([...name.hash.slice(0, list.length + 1)]);
    const text = (of: number[][]) => JSON.stringify(of.map((label) => label.map(lower)));
    expect(name.equals(another)).toBe(text(list) === text(other));
  });
  fc.assert(property, { numRuns: 300 });
});

test("each suffix has the hash of the name that it is", () => {
  const property = fc.property(labels, (list) => {
    const name = read(wireOf(list));
    const suffix = new Name();
    for (let label = 0; label <= list.length; label++) {
      suffix.copySuffix(name, label);
      expect(suffix.hash[0]).toBe(name.hash[label]);
      expect(suffix.labels).toBe(list.length - label);
    }
    expect(name.hash[list.length]).toBe(ROOT_HASH);
    if (list.length === 0) return;
    const first = hashLabel(Uint8Array.from(list[0]), 0, list[0].length);
    expect(name.hash[0]).toBe(joinHash(name.hash[1], first));
  });
  fc.assert(property, { numRuns: 200 });
});

test("replacing a suffix is what it says, and nothing changes when it would be too long (RFC 6672 §2.2)", () => {
  const property = fc.property(labels, labels, fc.nat(127), (list, target, at) => {
    const from = Math.min(at, list.length);
    const name = read(wireOf(list));
    const result = [...list.slice(0, from), ...target];
    const fits = wireOf(result).length <= MAX_NAME;
    expect(name.replaceSuffix(from, read(wireOf(target)))).toBe(fits);
    expect(name.equals(read(wireOf(fits ? result : list)))).toBe(true);
  });
  fc.assert(property, { numRuns: 300 });
});

test("what is no uncompressed name is refused, and nothing past the end is read", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, end) => {
    const limit = Math.min(end, bytes.length);
    const name = new Name();
    const after = name.read(bytes, 0, limit);
    if (after < 0) return;
    expect(after).toBeLessThanOrEqual(limit);
    expect(after).toBeLessThanOrEqual(MAX_NAME);
    expect(bytes[after - 1]).toBe(0);
  });
  fc.assert(property, { numRuns: 500 });
  const bad = [[], [1], [1, 97], [0xc0, 0], [64, ...new Array(64).fill(97), 0], [0x80, 97, 0], [1, 97, 0xc0, 12]];
  for (const bytes of bad) expect(new Name().read(Uint8Array.from(bytes), 0, bytes.length)).toBe(-1);
});

test("255 octets and 127 labels are a name, 256 octets are none (RFC 1035 §2.3.4)", () => {
  const longest = wireOf([...Array.from({ length: 3 }, () => new Array<number>(63).fill(97)), new Array(61).fill(98)]);
  expect(longest.length).toBe(255);
  expect(read(longest).labels).toBe(4);
  expect(read(wireOf(new Array(127).fill([97]))).labels).toBe(127);
  const over = wireOf([...Array.from({ length: 3 }, () => new Array<number>(63).fill(97)), new Array(62).fill(98)]);
  expect(new Name().read(over, 0, over.length)).toBe(-1);
  const many = wireOf(new Array(128).fill([97]));
  expect(new Name().read(many, 0, many.length)).toBe(-1);
});

test("lower case is of ASCII letters only (RFC 4343 §3)", () => {
  expect([...LOWER]).toEqual(Array.from({ length: 256 }, (_, octet) => lower(octet)));
});
