/**
 * The blob that lists the chunks of a text:
 *
 *   "ZCI" format   4 octets
 *   for each chunk, in order:
 *     SHA-256      32, of the blob that has it, compressed
 *     length       4, of its text, most significant first
 */

import { BLOB_MOST } from "../store/store.ts";
import { CHUNK_MOST } from "./chunks.ts";

const MARK = "ZCI";
const FORMAT = 1;
const HEAD = 4;
const DIGEST = 32;
const ENTRY = DIGEST + 4;

/** Chunks that an index can list: more than 3 GB of text. */
export const CHUNKS_MOST: number = Math.floor((BLOB_MOST - HEAD) / ENTRY);

export interface Chunk {
  /** Of the blob, in hex. */
  readonly sha256: string;
  /** Octets of its text. */
  readonly length: number;
}

/** The index of these chunks. */
export function writeIndex(chunks: readonly Chunk[]): Uint8Array {
  const index = Buffer.alloc(HEAD + chunks.length * ENTRY);
  index.write(MARK, 0, "latin1");
  index[MARK.length] = FORMAT;
  chunks.forEach(({ sha256, length }, i) => {
    const at = HEAD + i * ENTRY;
    index.write(sha256, at, "hex");
    index.writeUInt32BE(length, at + DIGEST);
  });
  return index;
}

/** Reads an index; when it is not in this form, why it is none, and what to do. */
export function readIndex(octets: Uint8Array): readonly Chunk[] | string {
  const index = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (index.length < HEAD || index.toString("latin1", 0, MARK.length) !== MARK)
    return "it is no list of chunks: push the zone again";
  const format = index[MARK.length];
  if (format !== FORMAT) return `it has format ${format}, and this zonecast reads ${FORMAT}: upgrade this one first`;
  if ((index.length - HEAD) % ENTRY !== 0) return "it is cut short: push the zone again";
  const chunks: Chunk[] = [];
  for (let at = HEAD; at < index.length; at += ENTRY) {
    const length = index.readUInt32BE(at + DIGEST);
    if (length === 0 || length > CHUNK_MOST) return `it tells of a chunk of ${length} octets: push the zone again`;
    chunks.push({ sha256: index.toString("hex", at, at + DIGEST), length });
  }
  return chunks;
}
