/** Texts are packed, gathered and made texts again; nothing that was changed on the way passes for one. */

import { hash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHUNK_MOST } from "../../../src/sync/blob/chunks.ts";
import { CHUNKS_MOST, readIndex, writeIndex } from "../../../src/sync/blob/index.ts";
import { type Blob, INLINE_MOST, type Packed, pack } from "../../../src/sync/blob/pack.ts";
import { BodyError, gather, type Parts, textOf } from "../../../src/sync/blob/unpack.ts";
import type { Version } from "../../../src/sync/manifest/manifest.ts";
import { BLOB_MOST } from "../../../src/sync/store/store.ts";
import { largeText, noise, versionOf, withLine } from "./texts.ts";

const LARGE = largeText(15_000);
const SMALL = largeText(100);
const packedLarge = pack(LARGE);

const sha256 = (octets: Uint8Array) => hash("sha256", octets, "hex");

/** A store with these blobs, and what the manifest has; notes what it is asked for. */
function partsOf(packed: Packed, blobs: readonly Blob[] = packed.blobs, asked: string[] = []): Parts {
  const stored = new Map(blobs.map((blob) => [blob.sha256, blob.octets]));
  const getBlob = async (digest: string) => {
    asked.push(digest);
    return stored.get(digest);
  };
  return { zone: "example.", bodies: packed.inline ?? new Uint8Array(0), getBlob };
}

async function unpacked(version: Version, parts: Parts, atOnce = 8): Promise<Uint8Array> {
  const { pieces } = await gather(version, parts, atOnce);
  return textOf(version, pieces, parts.zone);
}

/** What is said when it can't be had. */
async function complaint(version: Version, parts: Parts): Promise<string> {
  try {
    await unpacked(version, parts);
  } catch (error) {
    expect(error).toBeInstanceOf(BodyError);
    return (error as BodyError).message;
  }
  throw new Error("it passed");
}

describe("a small text", () => {
  const packed = pack(SMALL);

  test("is in the manifest, and comes back", async () => {
    expect(packed.blobs).toEqual([]);
    expect(packed.inline?.length).toBeLessThan(SMALL.length);
    const version = versionOf(SMALL, packed);
    expect(version.body).toEqual({ at: "inline", offset: 0, octets: packed.inline?.length });
    expect(Buffer.compare(await unpacked(version, partsOf(packed)), SMALL)).toBe(0);
  });

  test("behind another in the same manifest", async () => {
    const other = pack(largeText(7));
    const bodies = Buffer.concat([other.inline!, packed.inline!]);
    const version = {
      ...versionOf(SMALL, packed),
      body: { at: "inline", offset: other.inline!.length, octets: packed.inline!.length },
    } as const;
    expect(Buffer.compare(await unpacked(version, { ...partsOf(packed), bodies }), SMALL)).toBe(0);
  });

  test("any octets, none too", async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (text) => {
      const each = pack(text);
      expect(Buffer.compare(await unpacked(versionOf(text, each), partsOf(each)), text)).toBe(0);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test("the same text is packed the same way", () => {
    expect(Buffer.compare(pack(SMALL).inline!, packed.inline!)).toBe(0);
  });

  test("cut short, changed, or of another version", async () => {
    const version = versionOf(SMALL, packed);
    const cut = { ...partsOf(packed), bodies: packed.inline!.subarray(0, -1) };
    expect(await complaint(version, cut)).toBe("version 7 of example. is cut short: push the zone again");
    const other = pack(largeText(100, "other"));
    const wrong = { ...version, body: { at: "inline", offset: 0, octets: other.inline!.length } } as const;
    expect(await complaint(wrong, partsOf(other))).toBe(
      "version 7 of example. is damaged: its text has another digest than its manifest says: push the zone again",
    );
    for (let at = 0; at < packed.inline!.length; at += 97) {
      const bodies = Buffer.from(packed.inline!);
      bodies[at] ^= 0x55;
      expect(await complaint(version, { ...partsOf(packed), bodies })).toContain("version 7 of example. is damaged");
    }
  });
});

describe("a large text", () => {
  const version = versionOf(LARGE, packedLarge);

  test("is in blobs, the index last, and comes back", async () => {
    expect(packedLarge.inline).toBeUndefined();
    expect(packedLarge.blobs.length).toBeGreaterThan(4);
    expect(packedLarge.blobs.at(-1)?.sha256).toBe(packedLarge.index);
    for (const { sha256: digest, octets } of packedLarge.blobs) {
      expect(sha256(octets)).toBe(digest);
      expect(octets.length).toBeLessThanOrEqual(BLOB_MOST);
    }
    expect(Buffer.compare(await unpacked(version, partsOf(packedLarge)), LARGE)).toBe(0);
  });

  test("a line more is one blob more, and another index", () => {
    const known = new Set(packedLarge.blobs.map((blob) => blob.sha256));
    const fresh = pack(withLine(LARGE, LARGE.length / 2)).blobs.filter((blob) => !known.has(blob.sha256));
    expect(fresh.length).toBe(2);
  });

  test("what zstd can't compress still fits", async () => {
    const text = noise(3 << 20);
    const packed = pack(text);
    for (const { octets } of packed.blobs) expect(octets.length).toBeLessThanOrEqual(BLOB_MOST);
    expect(Buffer.compare(await unpacked(versionOf(text, packed), partsOf(packed)), text)).toBe(0);
  });

  test("that compresses well stays in the manifest, up to its room there", () => {
    expect(pack(Buffer.alloc(1 << 20, "a")).inline?.length).toBeLessThan(INLINE_MOST);
    const fitting = pack(largeText(1_500)).inline;
    expect(fitting?.length).toBeLessThanOrEqual(INLINE_MOST);
    expect(pack(largeText(1_800)).inline).toBeUndefined();
  });

  test("chunks that are the same are stored and fetched once", async () => {
    const half = largeText(5_000);
    const text = Buffer.concat(Array.from({ length: 6 }, () => half));
    const packed = pack(text);
    const asked: string[] = [];
    expect(Buffer.compare(await unpacked(versionOf(text, packed), partsOf(packed, packed.blobs, asked)), text)).toBe(0);
    expect(new Set(packed.blobs.map((blob) => blob.sha256)).size).toBe(packed.blobs.length);
    expect(asked.length).toBe(packed.blobs.length);
    expect(readIndex(packed.blobs.at(-1)!.octets).length).toBeGreaterThan(packed.blobs.length);
  });

  test("what was fetched is counted, and can go to another thread", async () => {
    const { pieces, fetched } = await gather(version, partsOf(packedLarge), 3);
    expect(fetched).toBe(packedLarge.blobs.reduce((sum, { octets }) => sum + octets.length, 0));
    for (const piece of pieces) expect(piece.length).toBe(piece.buffer.byteLength);
  });

  test("so many blobs at once and no more", async () => {
    let now = 0;
    let most = 0;
    const parts = partsOf(packedLarge);
    const getBlob: Parts["getBlob"] = async (digest) => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      return parts.getBlob(digest);
    };
    await gather(version, { ...parts, getBlob }, 3);
    expect(most).toBe(3);
  });

  test("a missing blob: which, and what to do; the others are not fetched any more", async () => {
    const missing = packedLarge.blobs[0].sha256;
    const asked: string[] = [];
    const parts = partsOf(packedLarge, packedLarge.blobs.slice(1), asked);
    await expect(gather(version, parts, 1)).rejects.toMatchObject({
      blob: missing,
      message: `blob ${missing} of version 7 of example. is not in the store: push the zone again`,
    });
    expect(asked).toEqual([packedLarge.index, missing]);
    const { index } = packedLarge;
    expect(await complaint(version, partsOf(packedLarge, []))).toContain(`blob ${index} of version 7`);
  });

  test("a damaged blob: one octet changed, one less, one more, none, another blob", async () => {
    const [first, ...others] = packedLarge.blobs;
    const changed = Buffer.from(first.octets);
    changed[changed.length >> 1] ^= 1;
    const wrong = [
      changed,
      first.octets.subarray(1),
      Buffer.concat([first.octets, Buffer.of(0)]),
      Buffer.alloc(0),
      others[0].octets,
    ];
    for (const octets of wrong) {
      const parts = partsOf(packedLarge, [{ sha256: first.sha256, octets }, ...others]);
      expect(await complaint(version, parts)).toBe(
        `blob ${first.sha256} of version 7 of example. is damaged in the store: its octets have another digest: push the zone again`,
      );
    }
  });

  test("what getBlob rejects with comes through", async () => {
    const lost = new Error("the store is gone");
    const getBlob = () => Promise.reject(lost);
    await expect(gather(version, { ...partsOf(packedLarge), getBlob }, 4)).rejects.toBe(lost);
  });
});

/** A version whose index a publisher has made by hand: what it says is signed, and may be wrong all the same. */
function byHand(chunks: readonly Uint8Array[], lengths: readonly number[], size: number): [Version, Parts] {
  const blobs = chunks.map((octets) => ({ sha256: sha256(octets), octets }));
  const octets = writeIndex(blobs.map((blob, i) => ({ sha256: blob.sha256, length: lengths[i] })));
  const packed: Packed = {
    sha256: sha256(LARGE),
    inline: undefined,
    index: sha256(octets),
    blobs: [...blobs, { sha256: sha256(octets), octets }],
  };
  return [{ ...versionOf(LARGE, packed), size }, partsOf(packed)];
}

describe("more text than the manifest says", () => {
  /** 512 MB of zeros, in 64 frames. */
  const frame = zstdCompressSync(Buffer.alloc(8 << 20));
  const bomb = Buffer.concat(Array.from({ length: 64 }, () => frame));

  test("inline: nothing over its size is decompressed", async () => {
    const packed: Packed = { sha256: sha256(SMALL), inline: bomb, index: undefined, blobs: [] };
    const before = process.memoryUsage.rss();
    expect(await complaint(versionOf(SMALL, packed), partsOf(packed))).toBe(
      `version 7 of example. is damaged: it is not ${SMALL.length} octets of compressed text: push the zone again`,
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 << 20);
  });

  test("in a blob: nothing over a chunk's", async () => {
    const [version, parts] = byHand([bomb, bomb], [100_000, 100_000], 200_000);
    expect(await complaint(version, parts)).toContain("it is not 200000 octets of compressed text");
  });

  test("a frame that wants a window of 128 MB", async () => {
    // RFC 8878 §3.1.1.1: no single segment, no content size; then an exponent of 17: 2^27 octets.
    const wide = Buffer.concat([frame.subarray(0, 4), Buffer.of(0, 17 << 3), Buffer.of(1, 0, 0)]);
    const packed: Packed = { sha256: sha256(Buffer.alloc(0)), inline: wide, index: undefined, blobs: [] };
    expect(await complaint(versionOf(SMALL, packed), partsOf(packed))).toContain("damaged");
  });

  test("parts that are more or less than the whole: no blob is fetched", async () => {
    for (const size of [99, 101]) {
      const [version, parts] = byHand([zstdCompressSync(Buffer.alloc(100))], [100], size);
      expect(await complaint(version, parts)).toBe(
        `version 7 of example. is damaged: its parts are 100 octets of text, not ${size}: push the zone again`,
      );
    }
  });

  test("parts that are shorter or longer than the index says", async () => {
    for (const lengths of [
      [90, 110],
      [110, 90],
      [100, 99],
    ]) {
      const chunks = [zstdCompressSync(Buffer.alloc(100)), zstdCompressSync(Buffer.alloc(101))];
      const [version, parts] = byHand(chunks, lengths, lengths[0] + lengths[1]);
      expect(await complaint(version, parts)).toContain("damaged");
    }
  });

  test("a size that no memory has", async () => {
    const packed = pack(SMALL);
    const version = { ...versionOf(SMALL, packed), size: Number.MAX_SAFE_INTEGER };
    expect(await complaint(version, partsOf(packed))).toContain("damaged");
    expect(() => textOf({ ...version, body: { at: "blobs", index: "" } }, [packed.inline!])).toThrow(BodyError);
  });
});

describe("the index", () => {
  const digest = sha256(Buffer.from("a"));

  test("as it was written", () => {
    const chunks = [
      { sha256: digest, length: 1 },
      { sha256: sha256(Buffer.alloc(1)), length: CHUNK_MOST },
    ];
    expect(readIndex(writeIndex(chunks))).toEqual(chunks);
    expect(writeIndex(chunks.slice(0, 1)).toString()).toBe(
      `ZCI\u0001${Buffer.from(digest, "hex").toString()}\0\0\0\u0001`,
    );
  });

  test("as many chunks as fit into a blob", () => {
    const chunks = Array.from({ length: CHUNKS_MOST }, () => ({ sha256: digest, length: 5 }));
    expect(writeIndex(chunks).length).toBeLessThanOrEqual(BLOB_MOST);
    expect(readIndex(writeIndex(chunks)).length).toBe(CHUNKS_MOST);
  });

  test("that is none", () => {
    const good = Buffer.from(writeIndex([{ sha256: digest, length: 1 }]));
    const later = Buffer.from(good);
    later[3] = 2;
    expect(readIndex(later)).toContain("it has format 2, and this zonecast reads 1");
    expect(readIndex(good.subarray(0, -1))).toContain("cut short");
    expect(readIndex(Buffer.alloc(0))).toContain("no list of chunks");
    expect(readIndex(Buffer.from("ZCM\u0001"))).toContain("no list of chunks");
    for (const length of [0, CHUNK_MOST + 1, 0xffffffff]) {
      expect(readIndex(writeIndex([{ sha256: digest, length }]))).toContain(`a chunk of ${length} octets`);
    }
  });
});
