/** Gathers a zone's text from its manifest or from blobs, and verifies every octet of it. */

import type { Version } from "../manifest/manifest.ts";

/** What is at hand to make a text of. */
export interface Parts {
  /** The bodies of the manifest's message. */
  readonly bodies: Uint8Array;
  /** Gets a blob from the store, or a cache. */
  readonly getBlob: (sha256: string) => Promise<Uint8Array | undefined>;
}

/** A text that is not what the manifest says, or that is not there, as a sentence with what to do. */
export class BodyError extends Error {}

/** Compressed pieces of a text in order, each verified by its digest as far as it has one of its own. */
export interface Pieces {
  readonly pieces: readonly Uint8Array[];
  /** Octets that came from getBlob. */
  readonly fetched: number;
}

/** Gets all pieces of a version's text, `atOnce` at a time. Rejects with BodyError, or as getBlob does. */
export async function gather(version: Version, parts: Parts, atOnce: number): Promise<Pieces> {
  throw new BodyError(`not yet: ${version.version} ${parts.bodies.length} ${atOnce}`);
}

/** The text of the pieces, decompressed and held to the version's size and digest. Throws BodyError. */
export function textOf(version: Version, pieces: readonly Uint8Array[]): Uint8Array {
  throw new BodyError(`not yet: ${version.version} ${pieces.length}`);
}
