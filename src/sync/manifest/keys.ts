/** Ed25519 keys (RFC 8032): publishers sign manifests, POPs know whom to trust. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

/** Octets of a signature. */
export const SIGNATURE = 64;

/** "ed25519:" and the 32 octets in base64: how people pass public keys on. */
const PREFIX = "ed25519:";
/** What stands before the 32 octets in a SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

export interface Signer {
  /** The public key, in the form that trust lists have. */
  readonly publicKey: string;
  sign(octets: Uint8Array): Uint8Array;
}

/** Makes a key; the text to keep in a file that nobody else reads (PKCS #8, PEM). */
export function newPrivateKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Reads a private key. Throws an Error that says what is wrong with it. */
export function signerFrom(pem: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("not a private key in PEM, such as zonecast store init makes");
  }
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`an ${key.asymmetricKeyType} key; it must be Ed25519`);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    publicKey: PREFIX + spki.subarray(SPKI.length).toString("base64"),
    sign: (octets) => sign(null, octets, key),
  };
}

/** The keys that are trusted to publish. */
export class Trust {
  readonly #keys = new Map<string, KeyObject>();

  /** Throws an Error for a text that is no public key. It is not shown: somebody may have taken a private key for one. */
  constructor(publicKeys: readonly string[]) {
    for (const [i, text] of publicKeys.entries()) {
      const octets = octetsOf(text);
      if (octets === undefined) {
        throw new Error(`trusted key ${i + 1} is no public key: expected ${PREFIX} and 44 letters of base64`);
      }
      const key = createPublicKey({ key: Buffer.concat([SPKI, octets]), format: "der", type: "spki" });
      this.#keys.set(keyId(text), key);
    }
  }

  get size(): number {
    return this.#keys.size;
  }

  /** True when a trusted key has signed; `id` says which. */
  verify(id: string, octets: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys.get(id);
    return key !== undefined && verify(null, octets, key, signature);
  }

  knows(id: string): boolean {
    return this.#keys.has(id);
  }
}

/** True for the text of a public key. */
export function isPublicKey(text: string): boolean {
  return octetsOf(text) !== undefined;
}

/** A short name of a public key, which manifests carry: the first 16 hex digits of its SHA-256. */
export function keyId(publicKey: string): string {
  return hash("sha256", publicKey, "hex").slice(0, 16);
}

function octetsOf(text: string): Buffer | undefined {
  if (!/^ed25519:[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  const octets = Buffer.from(text.slice(PREFIX.length), "base64");
  // Bits past the end would make two texts, and so two names, of one key.
  return PREFIX + octets.toString("base64") === text ? octets : undefined;
}
