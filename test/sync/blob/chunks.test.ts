/** Where texts are cut. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHUNK_LEAST, CHUNK_MOST, chunkEnds } from "../../../src/sync/blob/chunks.ts";
import { largeText, noise, withLine } from "./texts.ts";

const TEXT = largeText(40_000);

function chunksOf(text: Buffer): string[] {
  const ends = chunkEnds(text);
  return ends.map((end, i) => text.toString("latin1", ends[i - 1] ?? 0, end));
}

/** Chunks of the second text that the first has not. */
function newChunks(before: Buffer, after: Buffer): number {
  const known = new Set(chunksOf(before));
  return chunksOf(after).filter((chunk) => !known.has(chunk)).length;
}

test("the cuts of a known text: others would make every store send its zones once more", () => {
  expect(TEXT.length).toBe(3_560_084);
  expect(chunkEnds(TEXT)).toEqual([
    283_460, 356_974, 658_506, 977_215, 1_258_099, 1_608_848, 1_989_056, 2_452_123, 2_798_511, 3_188_064, 3_434_594,
    3_560_084,
  ]);
});

test("chunks are whole lines, neither short nor long, and all of the text", () => {
  const chunks = chunksOf(TEXT);
  expect(chunks.join("")).toBe(TEXT.toString("latin1"));
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.endsWith("\n")).toBe(true);
    expect(chunk.length).toBeLessThanOrEqual(CHUNK_MOST);
    if (i < chunks.length - 1) expect(chunk.length).toBeGreaterThan(CHUNK_LEAST);
  }
});

describe("an edit makes few new chunks", () => {
  test("a line more, anywhere", () => {
    for (let at = 0; at < TEXT.length; at += 150_000)
      expect(newChunks(TEXT, withLine(TEXT, at))).toBeLessThanOrEqual(2);
  });

  test("a line less, anywhere", () => {
    for (let at = 0; at < TEXT.length; at += 150_000) {
      expect(newChunks(withLine(TEXT, at), TEXT)).toBeLessThanOrEqual(2);
    }
  });

  test("another serial, of another length", () => {
    const raised = Buffer.from(TEXT.toString().replace(" 1 7200 ", " 2026060100 7200 "));
    expect(newChunks(TEXT, raised)).toBe(1);
  });

  test("a text put before another, and after it", () => {
    const other = largeText(5_000, "other");
    expect(newChunks(TEXT, Buffer.concat([other, TEXT]))).toBeLessThanOrEqual(5);
    expect(newChunks(TEXT, Buffer.concat([TEXT, other]))).toBeLessThanOrEqual(5);
  });
});

describe("odd texts", () => {
  test("none", () => {
    expect(chunkEnds(new Uint8Array(0))).toEqual([]);
  });

  test("up to the least length it is one chunk", () => {
    for (const length of [1, CHUNK_LEAST - 1, CHUNK_LEAST])
      expect(chunkEnds(Buffer.alloc(length, "x\n"))).toEqual([length]);
  });

  test("one line without end, of one octet: cut where a chunk may not be longer", () => {
    const ends = chunkEnds(Buffer.alloc(3 << 20, "x"));
    expect(ends.at(-1)).toBe(3 << 20);
    for (const [i, end] of ends.entries()) expect(end - (ends[i - 1] ?? 0)).toBeLessThanOrEqual(CHUNK_MOST);
  });

  test("any octets, at any length", () => {
    const octets = noise(2 << 20);
    const property = fc.property(fc.nat(octets.length), fc.boolean(), (length, lines) => {
      const text = Buffer.from(octets.subarray(0, length));
      if (lines) for (let at = 4000; at < length; at += 7919) text[at] = 10;
      const ends = chunkEnds(text);
      expect(ends.at(-1) ?? 0).toBe(length);
      for (const [i, end] of ends.entries()) {
        const chunk = end - (ends[i - 1] ?? 0);
        expect(chunk > 0 && chunk <= CHUNK_MOST).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 30 });
  });
});
