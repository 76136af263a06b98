/** Records copied as they stand under another owner, read back by the strict reader of test/support. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { recordsBelow } from "../../src/wire/below.ts";
import { Name } from "../../src/wire/name.ts";
import { RrType } from "../../src/wire/rrtype.ts";
import { Section, Writer } from "../../src/wire/writer.ts";
import { decode } from "../support/message.ts";
import { labels, wireOf } from "./names.ts";

/** A type whose RDATA may be any octets (RFC 3597). */
const TYPE = 65280;
const HEADER = 12;
const MAX_MESSAGE = 65535;
const bytes = new Uint8Array(MAX_MESSAGE);
const writer = new Writer();

/** Starts a message with this question, and octets of an answer before the records. */
function begin(question: Uint8Array, before: number, limit: number): void {
  bytes.fill(0, 0, HEADER);
  bytes[5] = 1;
  bytes.set(question, HEADER);
  const start = HEADER + question.length;
  bytes.fill(0, start, start + 4);
  const name = new Name();
  name.read(question, 0, question.length);
  writer.begin(bytes, start + 4, limit, name);
  if (before > 0) {
    const length = before - HEADER;
    const answer = [0, 0, RrType.TXT, 0, 1, 0, 0, 0, 0, length >>> 8, length & 0xff];
    const filler = Uint8Array.from([...answer, ...new Uint8Array(length)]);
    expect(writer.copy(Section.ANSWER, filler, 0, filler.length, 1)).toBe(true);
  }
}

/** RDATA of octets, as the image has it behind a pointer to the question's name. */
function recordsOf(rdata: readonly Uint8Array[]): number[] {
  return rdata.flatMap((one) => [
    ...[0xc0, HEADER, TYPE >>> 8, TYPE & 0xff, 0, 1, 0, 0, 1, 44, one.length >>> 8, one.length & 0xff],
    ...one,
  ]);
}

function message() {
  bytes[7] = writer.counts[Section.ANSWER];
  bytes[9] = writer.counts[Section.AUTHORITY];
  return decode(bytes.slice(0, writer.length));
}

const rdata = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 });
const parts = fc
  .tuple(labels, labels, labels)
  .map(([own, asked, parent]) => [own.slice(0, 3), asked.slice(0, 3), parent.slice(0, 3)])
  .filter((three) => wireOf(three.flat()).length < 256);

test("below a name of the question, near the start of the message and too far from it to be pointed at", () => {
  const property = fc.property(parts, rdata, fc.constantFrom(0, 300, 20_000), ([own, asked, parent], sets, before) => {
    begin(wireOf([...asked, ...parent]), before, MAX_MESSAGE);
    const name = wireOf(own);
    const records = recordsOf(sets);
    const data = Uint8Array.from([...name, ...records]);
    const at = parent.length === 0 ? 0 : HEADER + wireOf(asked).length - 1;
    const fits = recordsBelow(writer, 1, data, name.length, data.length, 0, name.length - 1, at);
    expect(fits).toBe(true);
    const read = message().sections[Section.AUTHORITY];
    expect(read.map((one) => [...one.rdata])).toEqual(sets.map((one) => [...one]));
    for (const one of read) expect([...one.owner]).toEqual([...wireOf([...own, ...parent])]);
    expect(read.every((one) => one.type === TYPE && one.ttl === 300)).toBe(true);
  });
  fc.assert(property, { numRuns: 500 });
});

test("what takes the last octet fits, and one octet more leaves the message as it was", () => {
  const question = wireOf([[97], [98]]);
  const name = wireOf([[99, 100]]);
  const data = Uint8Array.from([...name, ...recordsOf([new Uint8Array(9), new Uint8Array(90)])]);
  for (const [octets, parent] of [
    [3, HEADER],
    [3, 0],
    [0, HEADER],
    [0, 0],
  ]) {
    begin(question, 0, MAX_MESSAGE);
    expect(recordsBelow(writer, 1, data, name.length, data.length, 0, octets, parent)).toBe(true);
    const whole = writer.length;
    begin(question, 0, whole);
    expect(recordsBelow(writer, 1, data, name.length, data.length, 0, octets, parent)).toBe(true);
    begin(question, 0, whole - 1);
    const before = writer.length;
    expect(recordsBelow(writer, 1, data, name.length, data.length, 0, octets, parent)).toBe(false);
    expect([writer.length, writer.counts[1]]).toEqual([before, 0]);
  }
});
