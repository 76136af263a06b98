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
import { ACTIONS, type Manifest } from "./manifest.ts";

const MARK = "ZCM";
const FORMAT = 1;
const HEAD = 8;

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

/** Signs a manifest and puts its message together. */
export function manifestMessage({ manifest, bodies }: Signed, signer: Signer): Uint8Array {
  const json = Buffer.from(JSON.stringify({ key: keyId(signer.publicKey), manifest }));
  const head = Buffer.alloc(HEAD);
  head.write(MARK, 0, "latin1");
  head[3] = FORMAT;
  head.writeUInt32BE(json.length, 4);
  const signed = Buffer.concat([head, json]);
  return Buffer.concat([signed, signer.sign(signed), bodies]);
}

/** Opens a message of a zone and checks its signature. Throws ManifestError. */
export function openManifest(zone: string, octets: Uint8Array, trust: Trust): Signed {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const end = endOfJson(zone, message);
  const { key, manifest } = readJson(zone, message.subarray(HEAD, end));
  if (!trust.verify(key, message.subarray(0, end), message.subarray(end, end + SIGNATURE))) {
    const why = trust.knows(key)
      ? "its signature is wrong: it was changed after it was signed"
      : `key ${key} signed it, which is not trusted here: add its public key to store.trust, or push the zone again`;
    throw new ManifestError("forged", `the manifest of ${zone} is not taken: ${why}`);
  }
  if (manifest.zone !== zone) {
    throw new ManifestError("forged", `the manifest of ${zone} is not taken: it is that of ${manifest.zone}`);
  }
  return { manifest, bodies: message.subarray(end + SIGNATURE) };
}

/** Where the JSON ends. */
function endOfJson(zone: string, message: Buffer): number {
  if (message.length < HEAD || message.toString("latin1", 0, MARK.length) !== MARK) {
    throw damaged(zone, "it is no manifest");
  }
  if (message[3] !== FORMAT) {
    const text = `the manifest of ${zone} has format ${message[3]}, and this zonecast reads ${FORMAT}: upgrade this one first`;
    throw new ManifestError("future", text);
  }
  const end = HEAD + message.readUInt32BE(4);
  if (message.length < end + SIGNATURE) throw damaged(zone, "it is cut short");
  return end;
}

function readJson(zone: string, json: Buffer): { readonly key: string; readonly manifest: Manifest } {
  try {
    const read = JSON.parse(json.toString()) as { key: string; manifest: Manifest };
    if (typeof read.key === "string" && isManifest(read.manifest)) return read;
  } catch {
    // Said below.
  }
  throw damaged(zone, "its head can't be read");
}

/** Whether it has the parts that everybody reads; who signed it is trusted with the rest. */
function isManifest(manifest: Partial<Manifest> | undefined): manifest is Manifest {
  return (
    typeof manifest?.zone === "string" &&
    Number.isSafeInteger(manifest.id) &&
    ACTIONS.some((action) => action === manifest.action) &&
    Array.isArray(manifest.versions) &&
    Array.isArray(manifest.targets)
  );
}

function damaged(zone: string, why: string): ManifestError {
  return new ManifestError("damaged", `the manifest of ${zone} is damaged: ${why}; push the zone again`);
}
