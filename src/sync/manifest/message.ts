/**
 * A manifest as the store keeps it: a mark with the format, the length of the JSON, the JSON, its signature, and the
 * texts of small zones.
 *
 *   "ZCM" format   4 octets
 *   length         4, of the JSON, most significant first
 *   JSON           { key, manifest }
 *   signature      64, of all before it
 *   bodies         compressed texts; the JSON has their digests
 */

import { keyId, SIGNATURE, type Signer, type Trust } from "./keys.ts";
import type { Manifest } from "./manifest.ts";
import { faultOf } from "./shape.ts";

const MARK = "ZCM";
const FORMAT = 1;
const HEAD = 8;
/** What keyId makes. */
const KEY_ID = /^[0-9a-f]{16}$/;

/** A manifest, and what its message has behind the head. */
export interface Signed {
  readonly manifest: Manifest;
  /** Where Body.offset counts from. */
  readonly bodies: Uint8Array;
}

/** A message that is not taken, as a sentence. "future": of a later format; "forged": not signed by a trusted key. */
export class ManifestError extends Error {
  readonly kind: "future" | "forged" | "damaged";

  constructor(kind: ManifestError["kind"], message: string) {
    super(message);
    this.name = "ManifestError";
    this.kind = kind;
  }
}

/** Signs a manifest and puts its message together. Throws RangeError for one that nobody would take. */
export function manifestMessage({ manifest, bodies }: Signed, signer: Signer): Uint8Array {
  const fault = faultOf(manifest) ?? bodiesFault(manifest, bodies);
  if (fault !== undefined) throw new RangeError(`no manifest of ${manifest.zone} to sign: ${fault}`);
  const json = Buffer.from(JSON.stringify({ key: keyId(signer.publicKey), manifest }));
  const head = Buffer.alloc(HEAD);
  head.write(MARK, 0, "latin1");
  head[MARK.length] = FORMAT;
  head.writeUInt32BE(json.length, MARK.length + 1);
  const signed = Buffer.concat([head, json]);
  return Buffer.concat([signed, signer.sign(signed), bodies]);
}

/**
 * Opens a message of a zone and checks its signature. Of what nobody trusted has signed only the key's name is used.
 * Throws ManifestError.
 */
export function openManifest(zone: string, octets: Uint8Array, trust: Trust): Signed {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const end = endOfJson(zone, message);
  const { key, manifest } = readJson(zone, message.subarray(HEAD, end));
  if (!trust.verify(key, message.subarray(0, end), message.subarray(end, end + SIGNATURE))) {
    const why = trust.knows(key)
      ? "its signature is wrong: it was changed after it was signed; push the zone again"
      : `key ${key} signed it, which is not trusted here: add its public key to store.trust, or push the zone again`;
    throw new ManifestError("forged", `the manifest of ${zone} is not taken: ${why}`);
  }
  return checked(zone, manifest, message.subarray(end + SIGNATURE));
}

/**
 * Opens a message that was verified before it was kept on our own disk, without checking its signature again: 60 µs each,
 * measured, which a start with many zones would wait for. Throws ManifestError.
 */
export function reopenManifest(zone: string, octets: Uint8Array): Signed {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const end = endOfJson(zone, message);
  const { manifest } = readJson(zone, message.subarray(HEAD, end));
  return checked(zone, manifest, message.subarray(end + SIGNATURE));
}

/** What a trusted key has signed, when it is a manifest of this zone and all of it is there. */
function checked(zone: string, read: unknown, bodies: Uint8Array): Signed {
  const fault = faultOf(read);
  if (fault !== undefined) {
    // Whoever has signed this had meant it to be read.
    const text = `the manifest of ${zone} is not as this zonecast knows them: ${fault}: upgrade this one, or push the zone again`;
    throw new ManifestError("future", text);
  }
  const manifest = read as Manifest;
  if (manifest.zone !== zone) {
    const text = `the manifest of ${zone} is not taken: it is that of ${shown(manifest.zone)}; push the zone again`;
    throw new ManifestError("forged", text);
  }
  const cut = bodiesFault(manifest, bodies);
  if (cut !== undefined) throw damaged(zone, cut);
  return { manifest, bodies };
}

/** What says it is a name may be anything, and is shown on somebody's terminal. */
function shown(name: string): string {
  return name.slice(0, 1100).replace(/\p{Cc}/gu, "?");
}

/** Where the JSON ends. */
function endOfJson(zone: string, message: Buffer): number {
  if (message.length < HEAD || message.toString("latin1", 0, MARK.length) !== MARK) {
    throw damaged(zone, "it is no manifest");
  }
  const format = message[MARK.length];
  if (format > FORMAT) {
    const text = `the manifest of ${zone} has format ${format}, and this zonecast reads ${FORMAT}: upgrade this one first`;
    throw new ManifestError("future", text);
  }
  if (format < FORMAT) throw damaged(zone, "it is no manifest");
  const end = HEAD + message.readUInt32BE(MARK.length + 1);
  if (message.length < end + SIGNATURE) throw damaged(zone, "it is cut short");
  return end;
}

/** What is to be verified yet: the key is in the JSON. */
function readJson(zone: string, json: Buffer): { readonly key: string; readonly manifest: unknown } {
  try {
    const read = JSON.parse(json.toString()) as { readonly key?: unknown; readonly manifest?: unknown };
    // It goes into messages and logs before anybody has vouched for it.
    if (typeof read.key === "string" && KEY_ID.test(read.key)) return { key: read.key, manifest: read.manifest };
  } catch {
    // Said below.
  }
  throw damaged(zone, "its head can't be read");
}

/** An inline text that is not there, as half a sentence. */
function bodiesFault(manifest: Manifest, bodies: Uint8Array): string | undefined {
  const cut = manifest.versions.find(({ body }) => body.at === "inline" && body.offset + body.octets > bodies.length);
  return cut && `the text of version ${cut.version} is cut short`;
}

function damaged(zone: string, why: string): ManifestError {
  return new ManifestError("damaged", `the manifest of ${zone} is damaged: ${why}; push the zone again`);
}
