/** Texts like those of large zones, the same in every run, and versions of a zone for them. */

import { hash } from "node:crypto";
import { bodyOf, type Packed } from "../../../src/sync/blob/pack.ts";
import type { Version } from "../../../src/sync/manifest/manifest.ts";

/** A zone of so many names with an address each, which are all different and do not compress well. */
export function largeText(names: number, seed = ""): Buffer {
  const lines = ["example. 3600 IN SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 300"];
  for (let i = 0; i < names; i++) {
    const random = hash("sha256", `${seed}${i}`, "hex");
    lines.push(`${random.slice(0, 12)}.example. 3600 IN TXT "${random.slice(12)}"`);
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** The text with a line more after so many octets of it. */
export function withLine(text: Buffer, after: number): Buffer {
  const at = text.indexOf("\n", after) + 1;
  return Buffer.concat([text.subarray(0, at), Buffer.from("new.example. 3600 IN A 192.0.2.1\n"), text.subarray(at)]);
}

/** A version of a text that was packed, whose inline octets begin the manifest's bodies. */
export function versionOf(text: Uint8Array, packed: Packed): Version {
  return {
    version: 7,
    serial: 1,
    records: 3,
    names: 2,
    size: text.length,
    sha256: packed.sha256,
    at: "2026-06-01T00:00:00.000Z",
    by: "alice@desk",
    body: bodyOf(packed, 0),
  };
}

/** Octets that nothing can compress. */
export function noise(length: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 64) }, (_, i) => hash("sha512", `${i}`, "buffer"));
  return Buffer.concat(parts, length);
}
