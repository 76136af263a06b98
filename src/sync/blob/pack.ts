/** A zone's text as it travels: whole and compressed when it is small, in chunks that most changes leave alone when large. */

import type { Body } from "../manifest/manifest.ts";

/** A compressed text of at most so many octets travels in the manifest. */
export const INLINE_MOST: number = 64 << 10;

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
  throw new RangeError(`not yet: ${text.length}`);
}

/** The body of a packed text whose inline octets stand at an offset of the manifest's bodies. */
export function bodyOf(packed: Packed, offset: number): Body {
  if (packed.inline !== undefined) return { at: "inline", offset, octets: packed.inline.length };
  return { at: "blobs", index: packed.index ?? "" };
}
