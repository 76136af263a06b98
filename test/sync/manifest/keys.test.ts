/** Keys of publishers (RFC 8032), and who trusts them. */

import { createHash, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { isPublicKey, keyId, newPrivateKey, SIGNATURE, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";

/** RFC 8032 §7.1, TEST 1: the secret key in PKCS #8 (RFC 8410 §7), the public key, and the signature of no octets. */
const SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const OF_NOTHING =
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

const pem = (der: Buffer) => `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
const known = signerFrom(pem(Buffer.from(`302e020100300506032b657004220420${SECRET}`, "hex")));

test("the key and the signature of RFC 8032 §7.1", () => {
  expect(known.publicKey).toBe(`ed25519:${Buffer.from(PUBLIC, "hex").toString("base64")}`);
  expect(Buffer.from(known.sign(new Uint8Array(0))).toString("hex")).toBe(OF_NOTHING);
});

test("a key's name is the beginning of the SHA-256 of its text: it is in every manifest that it has signed", () => {
  expect(keyId(known.publicKey)).toBe(createHash("sha256").update(known.publicKey).digest("hex").slice(0, 16));
});

test("a new key signs, and who trusts it, and nobody else, takes that", () => {
  const text = newPrivateKey();
  expect(text).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  const signer = signerFrom(text);
  const octets = Buffer.from("octets");
  const signature = signer.sign(octets);
  const id = keyId(signer.publicKey);
  const trust = new Trust([known.publicKey, signer.publicKey]);
  expect(signature.length).toBe(SIGNATURE);
  expect(trust.size).toBe(2);
  expect(trust.verify(id, octets, signature)).toBe(true);
  expect(trust.verify(keyId(known.publicKey), octets, signature)).toBe(false);
  expect(trust.verify(id, Buffer.from("other"), signature)).toBe(false);
  expect(trust.verify(id, octets, signature.subarray(1))).toBe(false);
  expect(trust.verify(id, octets, new Uint8Array(SIGNATURE))).toBe(false);
  expect(new Trust([known.publicKey]).verify(id, octets, signature)).toBe(false);
  expect([trust.knows(id), new Trust([]).knows(id)]).toEqual([true, false]);
});

test("every new key is another", () => {
  expect(newPrivateKey()).not.toBe(newPrivateKey());
});

test("what is no private key, without showing it", () => {
  for (const text of ["", "secret", pem(Buffer.from("secret"))]) {
    expect(() => signerFrom(text)).toThrow("not a private key in PEM, such as zonecast store init makes");
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" });
  expect(() => signerFrom(rsa.toString())).toThrow("an rsa key; it must be Ed25519");
});

test("what is no public key, without showing it either: it may be a private one", () => {
  const good = known.publicKey;
  expect(isPublicKey(good)).toBe(true);
  // RFC 4648 §3.5: another text of the same octets.
  const second = good.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`);
  const short = `ed25519:${Buffer.alloc(31).toString("base64")}`;
  for (const text of [
    "",
    "ed25519:",
    good.slice(8),
    good.slice(0, -1),
    `${good}\n`,
    ` ${good}`,
    second,
    short,
    newPrivateKey(),
  ]) {
    expect(isPublicKey(text)).toBe(false);
    expect(() => new Trust([good, text])).toThrow(
      /^trusted key 2 is no public key: expected ed25519: and 44 letters of base64$/,
    );
  }
});
