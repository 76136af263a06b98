/** Gathers a zone's text from its manifest or from blobs, and verifies every octet of it. */

import { hash } from "node:crypto";
import { forEach } from "../foreach.ts";
import type { Version } from "../manifest/manifest.ts";
import { BLOB_MOST } from "../store/store.ts";
import { CHUNK_MOST } from "./chunks.ts";
import { type Chunk, readIndex } from "./index.ts";
import { decompress } from "./zstd.ts";

/** What is at hand to make a text of. */
export interface Parts {
  /** The zone's name, for what is said when something is wrong. */
  readonly zone?: string;
  /** The bodies of the manifest's message. */
  readonly bodies: Uint8Array;
  /** Gets a blob from the store, or a cache. */
  readonly getBlob: (sha256: string) => Promise<Uint8Array | undefined>;
}

/**
 * A text that is not what the manifest says, or that is not there, as a sentence with what to do. To push the zone again
 * puts blobs again that are missing or damaged; what was wrong when it was signed is refused then, with what else to do.
 */
export class BodyError extends Error {
  /** Without what to do. */
  readonly fault: string;
  /** The blob that is wrong or missing, where it is one. */
  readonly blob: string | undefined;

  constructor(fault: string, blob?: string, advice = "push the zone again") {
    super(advice === "" ? fault : `${fault}: ${advice}`);
    this.name = "BodyError";
    this.fault = fault;
    this.blob = blob;
  }
}

/** Compressed pieces of a text in order, each verified by its digest as far as it has one of its own. */
export interface Pieces {
  /** Each is all of its ArrayBuffer, so that it can be handed to another thread. One that comes twice is one object. */
  readonly pieces: readonly Uint8Array[];
  /** Octets that came from getBlob. */
  readonly fetched: number;
}

/** Gets all pieces of a version's text, `atOnce` at a time. Rejects with BodyError, or as getBlob does. */
export async function gather(version: Version, parts: Parts, atOnce: number): Promise<Pieces> {
  const what = called(version, parts.zone);
  const { body } = version;
  if (body.at === "inline") {
    const piece = parts.bodies.subarray(body.offset, body.offset + body.octets);
    if (piece.length !== body.octets) throw new BodyError(`${what} is cut short`);
    return { pieces: [ownBuffer(piece)], fetched: 0 };
  }
  const index = await blob(body.index, what, parts);
  const chunks = readIndex(index);
  if (typeof chunks === "string") {
    // The index says itself what to do.
    const text = `blob ${body.index}, which lists the parts of ${what}, can't be read: ${chunks}`;
    throw new BodyError(text, body.index, "");
  }
  const total = chunks.reduce((sum, { length }) => sum + length, 0);
  if (total !== version.size) {
    throw new BodyError(`${what} is damaged: its parts are ${total} octets of text, not ${version.size}`, body.index);
  }
  const got = await chunkBlobs(chunks, what, parts, atOnce);
  let fetched = index.length;
  for (const octets of got.values()) fetched += octets.length;
  return { pieces: chunks.map(({ sha256 }) => got.get(sha256) as Uint8Array), fetched };
}

/** Gets each blob once, `atOnce` at a time, and none more once one is missing. */
async function chunkBlobs(
  chunks: readonly Chunk[],
  what: string,
  parts: Parts,
  atOnce: number,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = new Set(chunks.map(({ sha256 }) => sha256));
  const got = new Map<string, Uint8Array>();
  await forEach(wanted, Math.max(1, atOnce), async (sha256) => {
    got.set(sha256, ownBuffer(await blob(sha256, what, parts)));
  });
  return got;
}

/** A blob, verified. */
async function blob(sha256: string, what: string, parts: Parts): Promise<Uint8Array> {
  const octets = await parts.getBlob(sha256);
  if (octets === undefined) {
    throw new BodyError(`blob ${sha256} of ${what} is not in the store`, sha256);
  }
  if (octets.length > BLOB_MOST || hash("sha256", octets, "hex") !== sha256) {
    throw new BodyError(`blob ${sha256} of ${what} is damaged in the store: its octets have another digest`, sha256);
  }
  return octets;
}

/** The text of the pieces, decompressed and held to the version's size and digest. Throws BodyError. */
export function textOf(version: Version, pieces: readonly Uint8Array[], zone?: string): Uint8Array {
  const what = called(version, zone);
  const whole = version.body.at === "inline" && pieces.length === 1;
  const text = whole ? decompress(pieces[0], version.size) : joined(version, pieces);
  if (text?.length !== version.size) {
    throw new BodyError(`${what} is damaged: it is not ${version.size} octets of compressed text`);
  }
  if (hash("sha256", text, "hex") !== version.sha256) {
    throw new BodyError(`${what} is damaged: its text has another digest than its manifest says`);
  }
  return text;
}

/** Undefined when there is more or less text than the version has. */
function joined(version: Version, pieces: readonly Uint8Array[]): Uint8Array | undefined {
  if (version.size > pieces.length * CHUNK_MOST) return undefined;
  const text = new Uint8Array(version.size);
  let at = 0;
  for (const piece of pieces) {
    const part = decompress(piece, Math.min(CHUNK_MOST, text.length - at));
    if (part === undefined) return undefined;
    text.set(part, at);
    at += part.length;
  }
  return at === text.length ? text : undefined;
}

function called(version: Version, zone = "the zone"): string {
  return `version ${version.version} of ${zone}`;
}

function ownBuffer(octets: Uint8Array): Uint8Array {
  return octets.length === octets.buffer.byteLength ? octets : new Uint8Array(octets);
}
