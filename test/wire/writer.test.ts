/** Messages written with compression, read back by the strict reader of test/support. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Name } from "../../src/wire/name.ts";
import { RrType } from "../../src/wire/rrtype.ts";
import { Writer } from "../../src/wire/writer.ts";
import { decode, type Message } from "../support/message.ts";
import { labels, lower, wireOf } from "./names.ts";

/** An RRset to write: owner, type, and for each record the names or octets of its RDATA. */
interface Planned {
  readonly section: number;
  readonly owner: Uint8Array;
  readonly type: number;
  readonly rdata: readonly Uint8Array[];
}

/** A few names that share suffixes, as those of a zone do. */
const family = fc
  .tuple(fc.array(labels, { minLength: 2, maxLength: 6 }), labels)
  .map(([list, end]) =>
    list.map((one) => [...one.slice(0, 3), ...end.slice(0, 3)]).filter((one) => wireOf(one).length < 256),
  )
  .filter((list) => list.length > 0);

const numbers = (count: number) => Uint8Array.from({ length: count }, (_, i) => i + 1);

/** RDATA of types with names in each place, and of one whose names are never compressed (RFC 3597 §4). */
function rdataOf(type: number, one: Uint8Array, two: Uint8Array): Uint8Array {
  switch (type) {
    case RrType.MX:
      return Uint8Array.from([0, 10, ...one]);
    case RrType.SOA:
      return Uint8Array.from([...one, ...two, ...numbers(20)]);
    case RrType.SRV:
      return Uint8Array.from([...numbers(6), ...one]);
    case RrType.A:
      return one.length > 4 ? numbers(4) : Uint8Array.of(0, 0, 0, one.length);
    default:
      return one;
  }
}

const types = fc.constantFrom(RrType.A, RrType.NS, RrType.CNAME, RrType.MX, RrType.SOA, RrType.SRV, RrType.DNAME);

const plan = family.chain((names) => {
  const name = fc.constantFrom(...names).map(wireOf);
  const rrset = fc
    .tuple(name, types, fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 }))
    .map(([owner, type, pairs]) => ({ owner, type, rdata: pairs.map(([one, two]) => rdataOf(type, one, two)) }));
  return fc.tuple(name, fc.array(rrset, { maxLength: 10 }), fc.constantFrom(60, 200, 512, 65535));
});

const HEADER = 12;
const buffer = new Uint8Array(65535);
const writer = new Writer();

/** Records as a zone's image has them: a pointer to the question's name, type, class, TTL, and RDATA with its length. */
function recordsOf({ type, rdata }: Omit<Planned, "section" | "owner">): Uint8Array {
  const head = [0xc0, HEADER, type >>> 8, type & 0xff, 0, 1, 0, 0, 1, 44];
  return Uint8Array.from(rdata.flatMap((one) => [...head, one.length >>> 8, one.length & 0xff, ...one]));
}

/** Writes what fits, section after section, as the server does; returns the octets and what was written. */
function write(question: Uint8Array, sets: readonly Omit<Planned, "section">[], limit: number) {
  buffer.fill(0xee);
  buffer.fill(0, 0, HEADER);
  buffer[5] = 1;
  buffer.set(question, HEADER);
  const start = HEADER + question.length + 4;
  buffer.fill(0, start - 4, start);
  const asked = new Name();
  asked.read(question, 0, question.length);
  writer.begin(buffer, start, Math.max(start, limit), asked);
  const written: Planned[] = [];
  sets.forEach((set, i) => {
    const section = Math.floor((i * 3) / sets.length);
    const data = recordsOf(set);
    const owner = new Name();
    owner.read(set.owner, 0, set.owner.length);
    const before = writer.length;
    const fits = writer.records(section, asked.equals(owner) ? asked : owner, set.type, 300, data, 0, data.length);
    if (fits) written.push({ ...set, section });
    else expect(writer.length).toBe(before);
  });
  writer.counts.forEach((count, section) => {
    buffer[7 + 2 * section] = count;
  });
  return { bytes: buffer.slice(0, writer.length), written };
}

function summary(message: Message): string[] {
  return message.sections.flatMap((section, i) =>
    section.map((record) => line(i, record.owner, record.type, record.rdata)),
  );
}

/** Case may come from the name pointed at. */
function line(section: number, owner: Uint8Array, type: number, rdata: Uint8Array): string {
  const folded = (bytes: Uint8Array) => Buffer.from(bytes.map(lower)).toString("hex");
  return `${section} ${folded(owner)} ${type} ${folded(rdata)}`;
}

test("what is read is what was written, within the limit, with pointers that lead back to labels", () => {
  const property = fc.property(plan, ([question, sets, limit]) => {
    const { bytes, written } = write(question, sets, limit);
    expect(bytes.length).toBeLessThanOrEqual(Math.max(limit, HEADER + question.length + 4));
    const expected = written.flatMap(({ section, owner, type, rdata }) =>
      rdata.map((one) => line(section, owner, type, one)),
    );
    expect(summary(decode(bytes))).toEqual(expected);
  });
  fc.assert(property, { numRuns: 1500 });
});

test("after a rollback nothing points at what is gone", () => {
  const property = fc.property(plan, plan, ([question, sets], [, others]) => {
    const { bytes } = write(question, sets, 65535);
    const mark = HEADER + question.length + 4;
    writer.rollback(mark, new Name());
    buffer.fill(0xee, mark);
    writer.counts.fill(0);
    const again = others.map((set) => {
      const owner = new Name();
      owner.read(set.owner, 0, set.owner.length);
      const data = recordsOf(set);
      expect(writer.records(0, owner, set.type, 300, data, 0, data.length)).toBe(true);
      return set.rdata.map((one) => line(0, set.owner, set.type, one));
    });
    buffer.fill(0, 6, HEADER);
    buffer[7] = writer.counts[0];
    expect(summary(decode(buffer.slice(0, writer.length)))).toEqual(again.flat());
    expect(bytes.length).toBeGreaterThanOrEqual(mark);
  });
  fc.assert(property, { numRuns: 500 });
});

test("a CNAME made up for a DNAME is written whole or not at all", () => {
  const property = fc.property(family, fc.nat(120), (names, room) => {
    const [owner, target] = [new Name(), new Name()];
    const [first, last] = [wireOf(names[0]), wireOf(names[names.length - 1])];
    owner.read(first, 0, first.length);
    target.read(last, 0, last.length);
    buffer.fill(0, 0, HEADER);
    writer.begin(buffer, HEADER, HEADER + room, new Name());
    const fits = writer.cname(0, owner, 60, target);
    expect(writer.length > HEADER).toBe(fits);
    if (!fits) expect([owner.written, target.written]).toEqual([0, 0]);
    buffer[7] = writer.counts[0];
    const expected = fits ? [line(0, first, RrType.CNAME, last)] : [];
    expect(summary(decode(buffer.slice(0, writer.length)))).toEqual(expected);
  });
  fc.assert(property, { numRuns: 500 });
});

test("past 16,383 octets nothing is pointed at, and the message is still right", () => {
  const name = wireOf([[...Buffer.from("www")], [...Buffer.from("example")]]);
  const filler = {
    owner: wireOf([[102]]),
    type: 65280,
    rdata: Array.from({ length: 70 }, (_, i) => numbers(250).fill(i)),
  };
  const late = Array.from({ length: 5 }, (_, i) => ({
    owner: wireOf([[48 + i], [97]]),
    type: RrType.NS,
    rdata: [name],
  }));
  const { bytes, written } = write(wireOf([[113]]), [filler, ...late], 65535);
  expect(bytes.length).toBeGreaterThan(16384);
  expect(summary(decode(bytes)).length).toBe(written.flatMap(({ rdata }) => rdata).length);
});

test("records are copied as they stand, whole or not at all", () => {
  const name = wireOf([[97]]);
  const data = recordsOf({ type: RrType.A, rdata: [numbers(4), numbers(4)] });
  for (const room of [data.length, data.length - 1]) {
    const { bytes } = write(name, [], 65535);
    writer.limit = bytes.length + room;
    const fits = room === data.length;
    expect(writer.copy(0, data, 0, data.length, 2)).toBe(fits);
    expect(writer.length).toBe(bytes.length + (fits ? room : 0));
    expect(writer.counts[0]).toBe(fits ? 2 : 0);
    expect(buffer.slice(bytes.length, writer.length)).toEqual(fits ? data : new Uint8Array(0));
  }
});
