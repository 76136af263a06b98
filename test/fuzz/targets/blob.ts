/**
 * What a store gives for a zone's text: compressed octets that may be a bomb, and lists of chunks. What comes out is never
 * more than what was asked for, and what is damaged is said to be. The first octet says what the rest is.
 */

import { hash } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import { readIndex, writeIndex } from "../../../src/sync/blob/index.ts";
import { BodyError, gather, textOf } from "../../../src/sync/blob/unpack.ts";
import { compress, decompress } from "../../../src/sync/blob/zstd.ts";
import type { Version } from "../../../src/sync/manifest/manifest.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 2000;
const MOST_TEXT = 64 << 10;
const TEXT = octetsOf("@ 60 IN SOA a b 1 2 3 4 5\n".repeat(20));

export function open(): Target {
  const chunks = [TEXT, TEXT.subarray(0, 40)].map((text) => ({
    sha256: hash("sha256", text, "hex"),
    length: text.length,
  }));
  const wide = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_checksumFlag]: 1 } };
  const whole = [
    compress(TEXT, 9),
    compress(new Uint8Array(4 << 20), 3),
    zstdCompressSync(TEXT, wide),
    zstdCompressSync(new Uint8Array(0)),
  ];
  return {
    name: "blob",
    most: MOST,
    seeds: [0, 1, 2].flatMap((what) => [...whole, writeIndex(chunks)].map((octets) => Uint8Array.of(what, ...octets))),
    words: [
      octetsOf("ZCI\x01"),
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
      Uint8Array.of(0x50, 0x2a, 0x4d, 0x18),
      ...whole,
    ],
    check,
  };
}

async function check(input: Uint8Array): Promise<void> {
  const octets = input.slice(1);
  switch ((input[0] ?? 0) % 3) {
    case 0: {
      const text = decompress(octets, MOST_TEXT);
      must(text === undefined || text.length <= MOST_TEXT, `${text?.length} octets, over ${MOST_TEXT}`);
      return;
    }
    case 1: {
      const chunks = readIndex(octets);
      if (typeof chunks === "string") return must(chunks !== "", "no reason");
      return must(Buffer.compare(writeIndex(chunks), octets) === 0, "another list than was read");
    }
    default:
      await gathered(octets);
  }
}

/** A version whose blobs are all these octets: it comes together only when they are what it says. */
async function gathered(octets: Uint8Array): Promise<void> {
  const index = hash("sha256", octets, "hex");
  const read = readIndex(octets);
  const size = typeof read === "string" ? TEXT.length : read.reduce((sum, { length }) => sum + length, 0);
  if (size > MOST_TEXT) return;
  const version = versionOf(size, { at: "blobs", index });
  const inline = versionOf(size, { at: "inline", offset: 0, octets: octets.length });
  for (const each of [version, inline]) {
    try {
      const { pieces } = await gather(each, { bodies: octets, getBlob: async () => octets }, 4);
      const text = textOf(each, pieces);
      must(hash("sha256", text, "hex") === each.sha256, "a text with another digest");
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
    }
  }
}

function versionOf(size: number, body: Version["body"]): Version {
  const sha256 = hash("sha256", TEXT, "hex");
  const facts = { version: 1, serial: 1, records: 1, names: 1, size, sha256, at: "2026-01-01T00:00:00.000Z", by: "x" };
  return { ...facts, body };
}
