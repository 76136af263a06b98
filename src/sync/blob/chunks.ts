/**
 * Where a text is cut into chunks: by its own content, so that an edit moves the cuts near it and no others, and most
 * chunks of a changed zone are in the store already.
 *
 * A gear hash (as in FastCDC) runs over the octets: each step shifts it left by one and adds the octet's number from a
 * table, so that it depends on the last 32 octets. Where its upper bits are all zero, the text is cut after the end of
 * that line. All of this is part of the format: who cuts otherwise sends a whole zone again.
 */

import { hash } from "node:crypto";

/** No chunk but the last is shorter. */
export const CHUNK_LEAST: number = 64 << 10;
/** From here on it takes fewer zero bits, which keeps the lengths around this one: 270 to 285 KB on average, measured. */
const CHUNK_USUAL: number = 256 << 10;
/** No chunk is longer: as a blob it is at most BLOB_MOST, even when zstd finds nothing to spare. */
export const CHUNK_MOST: number = 508 << 10;
/** A longer rest of a line is cut in two. */
const LINE_MOST: number = 8 << 10;

/** The upper 19 bits are zero once in 512 KB, the upper 16 once in 64 KB. */
const BELOW_USUAL = 32 - 19;
const ABOVE_USUAL = 32 - 16;

const NEWLINE = 10;

/** An octet's number: the first 32 bits, most significant first, of the SHA-256 of that one octet. */
const gear: Int32Array = Int32Array.from({ length: 256 }, (_, octet) =>
  Buffer.from(hash("sha256", Uint8Array.of(octet), "hex").slice(0, 8), "hex").readInt32BE(),
);

/** The ends of a text's chunks, in order; the last is the text's. None for an empty text. */
export function chunkEnds(text: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = 0; at < text.length; ) {
    at = chunkEnd(text, at);
    ends.push(at);
  }
  return ends;
}

/** Where the chunk that begins at text[from] ends: 1 GB of text a second or more, measured. */
function chunkEnd(text: Uint8Array, from: number): number {
  const left = text.length - from;
  if (left <= CHUNK_LEAST) return text.length;
  const usual = Math.min(text.length, from + CHUNK_USUAL);
  const most = Math.min(text.length, from + CHUNK_MOST - LINE_MOST);
  let at = from + CHUNK_LEAST;
  let sum = 0;
  for (; at < most; at++) {
    sum = ((sum << 1) + gear[text[at]]) | 0;
    if (sum >>> (at < usual ? BELOW_USUAL : ABOVE_USUAL) === 0) return lineEnd(text, at);
  }
  return lineEnd(text, most - 1);
}

/** The offset after the line that text[at] is in, or after text[at] when that line goes on for long. */
function lineEnd(text: Uint8Array, at: number): number {
  const end = Math.min(text.length, at + LINE_MOST);
  for (let i = at; i < end; i++) if (text[i] === NEWLINE) return i + 1;
  return end === text.length ? end : at + 1;
}
