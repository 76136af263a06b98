/** Versions from the store to images: verified, judged, and none waits for another that is large. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { TextCompiler } from "../../src/server/textcompiler.ts";
import { bodyOf, pack } from "../../src/sync/blob/pack.ts";
import { gather } from "../../src/sync/blob/unpack.ts";
import type { Compiled, CompileWork } from "../../src/sync/follow/following.ts";
import type { Version } from "../../src/sync/manifest/manifest.ts";
import { hasNode24 } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { directoryWith } from "./program.ts";

vi.setConfig({ testTimeout: 40_000 });

const withThreads = test.skipIf(!hasNode24());
const open: TextCompiler[] = [];
let written = 0;

afterEach(async () => {
  await Promise.all(open.splice(0).map((compiler) => compiler.close()));
});

function makeCompiler(images = join(directoryWith(), "images")): TextCompiler {
  written = 0;
  const kept = (count: number) => {
    written += count;
  };
  const compiler = new TextCompiler({ images, kept, limits: { shrink: 10 } });
  open.push(compiler);
  compiler.start();
  return compiler;
}

function textOf(zone: string, serial: number, hosts: number): Buffer {
  const lines = [
    `${zone}\t60\tIN\tSOA\tns.${zone} h.${zone} ${serial} 1 2 3 4`,
    `${zone}\t60\tIN\tNS\tns.${zone}`,
    `ns.${zone}\t60\tIN\tA\t192.0.2.53`,
  ];
  for (let i = 0; i < hosts; i++) lines.push(`h${i}.${zone}\t60\tIN\tA\t10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  return Buffer.from(`${lines.join("\n")}\n`);
}

interface Wanted {
  readonly version?: number;
  readonly hosts?: number;
  readonly before?: SharedArrayBuffer | undefined;
  readonly claims?: Partial<Version>;
}

/** A version as a follower gives it to be compiled; its serial is its number. */
async function work(zone: string, { version = 1, hosts = 1, before, claims }: Wanted = {}): Promise<CompileWork> {
  const text = textOf(zone, version, hosts);
  const packed = pack(text);
  const counted = { records: hosts + 3, names: hosts + 2, size: text.length, sha256: packed.sha256 };
  const made = { version, serial: version, at: "2026-03-01T12:00:00.000Z", by: "test", body: bodyOf(packed, 0) };
  const whole: Version = { ...counted, ...made, ...claims };
  const blobs = new Map(packed.blobs.map((blob) => [blob.sha256, blob.octets]));
  const bodies = packed.inline ?? new Uint8Array(0);
  const { pieces } = await gather(
    { ...whole, ...counted },
    { bodies, getBlob: async (sha256) => blobs.get(sha256) },
    4,
  );
  return { zone, version: whole, pieces, before };
}

const imageOf = ({ image, why }: Compiled): SharedArrayBuffer => {
  if (image === undefined) throw new Error(why);
  return image;
};

withThreads("a version becomes an image, or it is said why not", async () => {
  const compiler = makeCompiler();
  const good = await compiler.compile(await work("a.example."));
  expect(good).toMatchObject({ why: undefined, from: "text", problems: [] });
  expect(compiler.originOf(imageOf(good))).toMatchObject({ version: 1, from: "text" });
  const whyNot = async (claims: Partial<Version>) =>
    (await compiler.compile(await work("a.example.", { claims }))).why?.split(": ");
  expect(await whyNot({ sha256: "0".repeat(64) })).toContain("its text has another digest than its manifest says");
  expect(await whyNot({ size: 7 })).toContain("push the zone again");
  expect(await whyNot({ serial: 2 })).toEqual(["the serial is 1, and its manifest says 2", "push the zone again"]);
  expect(await whyNot({ records: 3 })).toContain("the number of records is 4, and its manifest says 3");
  expect(await whyNot({ names: 4 })).toContain("the number of names is 3, and its manifest says 4");
});

withThreads("text with an error in it never becomes an image", async () => {
  const compiler = makeCompiler();
  const text = Buffer.concat([textOf("a.example.", 1, 1), Buffer.from("x.a.example.\t60\tIN\tA\t192.0.2.256\n")]);
  const packed = pack(text);
  const { version } = await work("a.example.");
  const broken = { ...version, size: text.length, sha256: packed.sha256, body: bodyOf(packed, 0) };
  const pieces = [packed.inline as Uint8Array];
  const { image, why, problems } = await compiler.compile({
    ...{ zone: "a.example.", version: broken, pieces, before: undefined },
  });
  expect(image).toBeUndefined();
  expect(why).toMatch(/^1 error, in line 5: .*192\.0\.2\.256.*; correct the zone and push it again$/);
  expect(problems[0].file).toBe("a.example.@1");
});

withThreads("the guard holds a version against the one that its publisher has judged it by, and no other", async () => {
  const compiler = makeCompiler();
  const before = imageOf(await compiler.compile(await work("a.example.", { hosts: 50 })));
  const shrunk = async (claims: Partial<Version>, version = 2) =>
    compiler.compile(await work("a.example.", { version, before, claims }));
  expect((await shrunk({ after: 1 })).why).toMatch(
    /records fall .* nobody has said that it is meant \(--allow shrink\)/,
  );
  expect((await shrunk({ after: 1, overrides: [{ guard: "ttl", found: "x" }] })).why).toContain("--allow shrink");
  expect((await shrunk({ after: 1, overrides: [{ guard: "shrink", found: "x" }] })).why).toBeUndefined();
  expect((await shrunk({ after: 1, overrides: [{ guard: "unreadable", found: "x" }] })).why).toBeUndefined();
  // A POP that was away, or is on its way back.
  expect((await shrunk({ after: 3 }, 4)).why).toBeUndefined();
  expect((await shrunk({ restores: 1 })).why).toBeUndefined();
});

withThreads("ten thousand small zones at once, and each gets its own", async () => {
  const compiler = makeCompiler();
  const works = await Promise.all(Array.from({ length: 300 }, (_, i) => work(`z${i}.example.`, { version: i + 1 })));
  const all = Array.from({ length: 10_000 }, (_, i) => works[i % works.length]);
  const compiled = await Promise.all(all.map((one) => compiler.compile(one)));
  const origins = compiled.map((one) => compiler.originOf(imageOf(one))?.version);
  expect(origins).toEqual(all.map(({ version }) => version.version));
});

withThreads("small zones do not wait for large ones, before and after all is settled", async () => {
  const compiler = makeCompiler();
  const large = await work("large.example.", { hosts: 200_000 });
  const small = await Promise.all(Array.from({ length: 40 }, (_, i) => work(`z${i}.example.`)));
  for (const settled of [false, true]) {
    if (settled) compiler.settle();
    const order: string[] = [];
    const note = async (one: CompileWork) => {
      imageOf(await compiler.compile(one));
      order.push(one.zone);
    };
    await Promise.all([note(large), ...small.map(note)]);
    expect(order.at(-1)).toBe("large.example.");
  }
});

withThreads("a version that ends the thread is refused, and the others are made", async () => {
  const compiler = makeCompiler();
  const works = await Promise.all(Array.from({ length: 20 }, (_, i) => work(`z${i}.example.`)));
  // What no store can hold.
  const deadly = { ...works[0], zone: "..", version: { ...works[0].version, version: 99 } };
  const compiled = await Promise.all([...works, deadly].map((one) => compiler.compile(one)));
  expect(compiled.map(({ image }) => image !== undefined)).toEqual([...works.map(() => true), false]);
  expect(compiled.at(-1)?.why).toMatch(/^the compile thread ended: /);
});

withThreads("an image that was kept is taken for the very text that it was made of", async () => {
  const images = join(directoryWith(), "images");
  const first = makeCompiler(images);
  const old = await work("a.example.", { hosts: 400 });
  const { image } = await first.compile(old);
  await first.compile(await work("tiny.example."));
  await until(() => written === 1, "the image");
  expect(readdirSync(images)).toEqual([expect.stringMatching(/^a\.example\.-[0-9a-f]{16}\.image$/)]);
  const second = makeCompiler(images);
  const taken = second.stored(old.zone, old.version);
  expect(taken).toMatchObject({ from: "image", why: undefined, problems: [] });
  expect(Buffer.from(taken?.image as SharedArrayBuffer).equals(Buffer.from(image as SharedArrayBuffer))).toBe(true);
  expect(second.stored("tiny.example.", old.version)).toBeUndefined();
  const next = await work("a.example.", { version: 2, hosts: 400 });
  expect(second.stored(next.zone, next.version)).toBeUndefined();
  // It is of use to nobody now.
  expect(readdirSync(images)).toEqual([]);
});

withThreads("what is not done when it is closed is given back, and so is what comes later", async () => {
  const compiler = makeCompiler();
  const large = compiler.compile(await work("large.example.", { hosts: 50_000 }));
  const small = compiler.compile(await work("a.example."));
  await compiler.close();
  for (const lost of [large, small, compiler.compile(await work("b.example."))]) {
    expect(await lost).toMatchObject({ image: undefined, why: "the server is stopping" });
  }
});
