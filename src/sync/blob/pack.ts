/** A zone's text as it travels: whole and compressed when it is small, in chunks that most changes leave alone when large. */

import { hash } from "node:crypto";
import type { Body } from "../manifest/manifest.ts";
import { chunkEnds } from "./chunks.ts";
import { CHUNKS_MOST, type Chunk, writeIndex } from "./index.ts";
import { compress } from "./zstd.ts";

/** A compressed text of at most so many octets travels in the manifest. */
export const INLINE_MOST: number = 64 << 10;

/** A longer text is not tried in one piece: it would have to be compressed to a sixteenth. */
const WHOLE_MOST: number = 1 << 20;

/** In one piece, which every POP fetches: 0.2 ms for 20 KB, where level 19 takes 3 ms to be 1 % smaller (measured). */
const WHOLE_LEVEL = 9;
/**
 * Of chunks: 50 MB in 0.12 s, where level 9 takes 0.4 s to be 3 % smaller (measured; text of the benches 17 %).
 * Another level, or another zstd, makes other blobs of the same text: all of it is stored and fetched once more.
 */
const CHUNK_LEVEL = 3;

/** Something to be stored under its digest before the manifest that leads to it. */
export interface Blob {
  readonly sha256: string;
  readonly octets: Uint8Array;
}

export interface Packed {
  /** Of the text: SHA-256 in hex. */
  readonly sha256: string;
  /** The compressed text, for the manifest's message; undefined when it is in blobs. */
  readonly inline: Uint8Array | undefined;
  /** The index's digest, and all blobs, the index last. */
  readonly index: string | undefined;
  readonly blobs: readonly Blob[];
}

/** Packs a text. Throws RangeError for one that is larger than an index can list. */
export function pack(text: Uint8Array): Packed {
  const sha256 = hash("sha256", text, "hex");
  const whole = text.length <= WHOLE_MOST ? compress(text, WHOLE_LEVEL) : undefined;
  if (whole !== undefined && whole.length <= INLINE_MOST) {
    return { sha256, inline: whole, index: undefined, blobs: [] };
  }
  const blobs = blobsOf(text);
  return { sha256, inline: undefined, index: blobs.at(-1)?.sha256, blobs };
}

/** The chunks' blobs, each once, and the index. */
function blobsOf(text: Uint8Array): Blob[] {
  const ends = chunkEnds(text);
  if (ends.length > CHUNKS_MOST) throw new RangeError(`${text.length} octets of text are too large for one zone`);
  const blobs = new Map<string, Blob>();
  const chunks: Chunk[] = [];
  let from = 0;
  for (const end of ends) {
    const blob = blobOf(compress(text.subarray(from, end), CHUNK_LEVEL));
    blobs.set(blob.sha256, blob);
    chunks.push({ sha256: blob.sha256, length: end - from });
    from = end;
  }
  return [...blobs.values(), blobOf(writeIndex(chunks))];
}

function blobOf(octets: Uint8Array): Blob {
  return { sha256: hash("sha256", octets, "hex"), octets };
}

/** The body of a packed text whose inline octets stand at an offset of the manifest's bodies. */
export function bodyOf(packed: Packed, offset: number): Body {
  if (packed.inline !== undefined) return { at: "inline", offset, octets: packed.inline.length };
  return { at: "blobs", index: packed.index ?? "" };
}
