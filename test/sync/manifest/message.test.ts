/** Messages of manifests: what is taken, and how all else is refused, whoever has made it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyId, newPrivateKey, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import type { Manifest } from "../../../src/sync/manifest/manifest.ts";
import {
  ManifestError,
  manifestMessage,
  openManifest,
  reopenManifest,
  type Signed,
} from "../../../src/sync/manifest/message.ts";
import { manifestOf, VERSION } from "./manifests.ts";

const signer = signerFrom(newPrivateKey());
const stranger = signerFrom(newPrivateKey());
const trust = new Trust([signer.publicKey]);

const BODIES = Buffer.from("the text, compressed");
const MANIFEST = manifestOf({
  versions: [{ ...VERSION, body: { at: "inline", offset: 0, octets: BODIES.length } }],
});
const MESSAGE = manifestMessage({ manifest: MANIFEST, bodies: BODIES }, signer);

/** Octets before the signature. */
const SIGNED = 8 + Buffer.from(MESSAGE).readUInt32BE(4);

/** The kind of refusal, and what is said. */
function refusal(open: () => Signed): [string, string] {
  try {
    open();
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError);
    const { kind, message } = error as ManifestError;
    return [kind, message];
  }
  throw new Error("it was taken");
}

const refused = (octets: Uint8Array, zone = "example.") => refusal(() => openManifest(zone, octets, trust));

/** Any JSON as a message that is signed as it should be. */
function signedJson(json: string, by = signer): Uint8Array {
  const head = Buffer.from("ZCM\u0001\0\0\0\0", "latin1");
  head.writeUInt32BE(Buffer.byteLength(json), 4);
  const signed = Buffer.concat([head, Buffer.from(json)]);
  return Buffer.concat([signed, by.sign(signed)]);
}

test("comes back as it was", () => {
  const { manifest, bodies } = openManifest("example.", MESSAGE, trust);
  expect(manifest).toEqual(MANIFEST);
  expect(Buffer.from(bodies)).toEqual(BODIES);
  expect(reopenManifest("example.", MESSAGE)).toEqual({ manifest, bodies });
});

test("from the middle of a larger buffer, as a store may hand it over", () => {
  const around = Buffer.concat([Buffer.from("before"), MESSAGE, Buffer.from("after")]);
  expect(
    openManifest("example.", new Uint8Array(around.buffer, around.byteOffset + 6, MESSAGE.length), trust).manifest,
  ).toEqual(MANIFEST);
});

test("a removal, and one with all that there can be", () => {
  const full = manifestOf({
    why: "новый сервер — 新",
    versions: [
      {
        ...VERSION,
        version: 9,
        why: "w",
        restores: 3,
        overrides: [{ guard: "shrink", found: "half of it" }],
        body: { at: "blobs", index: "b".repeat(64) },
      },
      { ...VERSION, body: { at: "inline", offset: 3, octets: 2 } },
    ],
    latest: 12,
    targets: [
      { group: "canary", version: 9 },
      { group: "*", version: 8 },
    ],
    rollout: {
      version: 9,
      from: 8,
      waves: [
        { to: ["canary"], bake: 60 },
        { to: ["*"], bake: 0 },
      ],
      wave: 0,
      state: "paused",
    },
  });
  const removal = manifestOf({
    action: "remove",
    versions: [],
    targets: [],
    overrides: [{ guard: "empty", found: "x" }],
  });
  for (const manifest of [full, removal]) {
    expect(openManifest("example.", manifestMessage({ manifest, bodies: BODIES }, signer), trust).manifest).toEqual(
      manifest,
    );
  }
});

describe("who has signed it", () => {
  test("somebody who is not trusted: which key, and what to do", () => {
    const message = manifestMessage({ manifest: MANIFEST, bodies: BODIES }, stranger);
    expect(refused(message)).toEqual([
      "forged",
      `the manifest of example. is not taken: key ${keyId(stranger.publicKey)} signed it, which is not trusted here: add its public key to store.trust, or push the zone again`,
    ]);
    const both = new Trust([stranger.publicKey, signer.publicKey]);
    for (const octets of [message, MESSAGE]) expect(openManifest("example.", octets, both).manifest).toEqual(MANIFEST);
  });

  test("nobody is trusted", () => {
    expect(refusal(() => openManifest("example.", MESSAGE, new Trust([])))[0]).toBe("forged");
  });

  test("somebody who claims to be another", () => {
    const json = JSON.stringify({ key: keyId(signer.publicKey), manifest: MANIFEST });
    expect(refused(signedJson(json, stranger))).toEqual([
      "forged",
      "the manifest of example. is not taken: its signature is wrong: it was changed after it was signed; push the zone again",
    ]);
  });

  test("a good manifest under the name of another zone", () => {
    expect(refused(MESSAGE, "example.org.")).toEqual([
      "forged",
      "the manifest of example.org. is not taken: it is that of example.; push the zone again",
    ]);
    expect(refusal(() => reopenManifest("example.org.", MESSAGE))[0]).toBe("forged");
  });
});

test("no octet of what is signed, or of the signature, can be changed", () => {
  for (let at = 0; at < SIGNED + 64; at++) {
    const changed = Buffer.from(MESSAGE);
    changed[at] ^= 1;
    expect(["forged", "damaged", "future"]).toContain(refused(changed)[0]);
  }
});

test("cut short anywhere", () => {
  for (let length = 0; length < MESSAGE.length; length++) {
    const [kind, said] = refused(MESSAGE.subarray(0, length));
    expect(kind).toBe("damaged");
    expect(said).toMatch(/^the manifest of example\. is damaged: .*; push the zone again$/);
  }
});

test("a body that was changed is not looked at here: its text has a digest of its own", () => {
  const changed = Buffer.from(MESSAGE);
  changed[changed.length - 1] ^= 1;
  expect(openManifest("example.", changed, trust).manifest).toEqual(MANIFEST);
});

describe("of a later format", () => {
  test("by its mark", () => {
    const later = Buffer.from(MESSAGE);
    later[3] = 2;
    expect(refused(later)).toEqual([
      "future",
      "the manifest of example. has format 2, and this zonecast reads 1: upgrade this one first",
    ]);
  });

  test("by something that nobody knows here", () => {
    const json = JSON.stringify({ key: keyId(signer.publicKey), manifest: { ...MANIFEST, action: "teleport" } });
    const [kind, said] = refused(signedJson(json));
    expect(kind).toBe("future");
    expect(said).toMatch(
      /^the manifest of example\. is not as this zonecast knows them: action is not push, .*: upgrade this one, or push the zone again$/,
    );
  });

  test("fields that may be left unread are", () => {
    const json = JSON.stringify({
      key: keyId(signer.publicKey),
      more: 1,
      manifest: { ...MANIFEST, versions: [], targets: [], action: "remove", mood: "good" },
    });
    expect(openManifest("example.", signedJson(json), trust).manifest.action).toBe("remove");
  });
});

describe("hostile octets", () => {
  test("heads that are no heads", () => {
    const key = keyId(signer.publicKey);
    for (const json of [
      "",
      "null",
      "1",
      '"x"',
      "[]",
      "{}",
      "{",
      `{"key":1}`,
      `{"key":"${key.slice(1)}"}`,
      `{"key":"__proto__"}`,
    ]) {
      expect(refused(signedJson(json))[0]).toBe("damaged");
    }
  });

  test("a key's name goes into no message before it was looked at", () => {
    const [kind, said] = refused(
      signedJson(JSON.stringify({ key: "\u001b[2Jhello\n".repeat(1000), manifest: MANIFEST }), stranger),
    );
    expect(kind).toBe("damaged");
    expect(said).toBe("the manifest of example. is damaged: its head can't be read; push the zone again");
  });

  test("nested deeper than any stack", () => {
    expect(
      refused(
        signedJson(
          `{"key":"${keyId(stranger.publicKey)}","manifest":${"[".repeat(400_000)}${"]".repeat(400_000)}}`,
          stranger,
        ),
      )[0],
    ).not.toBe("future");
  });

  test("a length that is not there", () => {
    const long = Buffer.from(MESSAGE);
    long.writeUInt32BE(0xffffffff, 4);
    expect(refused(long)[0]).toBe("damaged");
  });

  test("any octets at all", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (octets, marked) => {
      const message = marked ? Buffer.concat([MESSAGE.subarray(0, 4), octets]) : octets;
      expect(refused(message)[0]).toBe("damaged");
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("any JSON that a trusted key has signed either is a manifest, or is refused", () => {
    const property = fc.property(fc.json(), (json) => {
      const message = signedJson(`{"key":"${keyId(signer.publicKey)}","manifest":${json}}`);
      expect(refused(message)[0]).toBe("future");
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe("what is not signed in the first place", () => {
  test("texts that are not there", () => {
    expect(() => manifestMessage({ manifest: MANIFEST, bodies: BODIES.subarray(1) }, signer)).toThrow(
      "no manifest of example. to sign: the text of version 8 is cut short",
    );
  });

  test("what no POP would take", () => {
    const manifest: Manifest = { ...MANIFEST, id: 0 };
    expect(() => manifestMessage({ manifest, bodies: BODIES }, signer)).toThrow(
      "no manifest of example. to sign: id is no whole number from 1 to 9007199254740991",
    );
  });
});
