/** Compiled zones on disk: taken only when nothing is odd about them. */

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Account, HEAD, headOf, type Refusal } from "../../src/server/imagefile.ts";
import { clearOut, nameOf, writeWhole } from "../../src/server/imagefolder.ts";
import { ImageStore } from "../../src/server/imagestore.ts";
import type { FileJob, FileResult } from "../../src/server/messages.ts";
import { type LoadedFile, loadFile } from "../../src/server/zonefile.ts";
import { nameFromText } from "../../src/text/name.ts";
import { testWith } from "../support/need.ts";
import { directoryWith } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const DAY = 86_400;
/** When these tests take place, in seconds since 1970, and when the signature in their zone ends. */
const NOW = Date.UTC(2026, 5, 1) / 1000;
const END = NOW + 30 * DAY;
const CODE = "this code";
const filler = Array.from({ length: 800 }, (_, i) => `f${i} TXT "a line that makes the zone worth its image"\n`).join(
  "",
);

let zones: string;
let folder: string;
let job: FileJob;
let loaded: LoadedFile;
let path: string;

beforeEach(() => {
  zones = directoryWith({
    "big.example.zone": `${zoneText(1)}@ MX 10 nowhere\n$INCLUDE big.inc\n`,
    "big.inc": `signed A 192.0.2.1\nsigned RRSIG A 15 2 60 ${END} ${NOW - DAY} 1 big.example. AAAA\n${filler}`,
  });
  folder = join(directoryWith(), "state", "images");
  job = jobOf("big.example.zone");
  loaded = loadFile(job, NOW);
  keep();
  path = join(folder, nameOf(job));
});

function jobOf(name: string): FileJob {
  return { file: join(zones, name), root: zones, apex: undefined, origin: nameFromText("big.example.") };
}

/** Keeps what has been loaded. */
function keep(): void {
  const store = new ImageStore(folder, CODE);
  const kept = store.prepare(job, loaded);
  if (kept) store.write(kept);
}

/** What the next start makes of the image. */
function take({ at = NOW, compiler = CODE, of = job } = {}): FileResult | Refusal | undefined {
  return new ImageStore(folder, compiler).take(of, at);
}

/** Says why it is refused, and that it is gone then. */
function refusal(given?: Parameters<typeof take>[0]): string {
  const taken = take(given);
  if (taken === undefined || !("why" in taken)) return "taken";
  expect(existsSync(path)).toBe(false);
  expect(take(given)).toBeUndefined();
  return `${taken.kind}: ${taken.why}`;
}

/** Changes octets of the image file in place. */
function patch(change: (octets: Buffer) => Buffer | undefined): void {
  const octets = readFileSync(path);
  writeFileSync(path, change(octets) ?? octets);
}

describe("an image that is as it was written, of text that is as it was", () => {
  test("gives what the text gave: image, name, warnings, and the state of each file", () => {
    const taken = take() as FileResult;
    expect(loaded.result.problems).toHaveLength(1);
    expect({ ...taken, milliseconds: 0, image: Buffer.from(taken.image as SharedArrayBuffer) }).toEqual({
      ...loaded.result,
      from: "image",
      milliseconds: 0,
      image: Buffer.from(loaded.result.image as SharedArrayBuffer),
      apex: Buffer.from(nameFromText("big.example.")),
    });
    expect([...taken.signatures.keys()]).toEqual([job.file, join(zones, "big.inc")]);
  });

  test("is taken again and again, and is ours alone", () => {
    for (let i = 0; i < 3; i++) expect(take()).toMatchObject({ from: "image" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual([nameOf(job)]);
  });

  test("is taken when the text was written anew with the same octets", () => {
    const text = readFileSync(job.file);
    rmSync(job.file);
    writeFileSync(job.file, text);
    expect(take()).toMatchObject({ from: "image" });
  });

  test("is taken when its account is larger than what is read first", () => {
    const warned = Array.from({ length: 99 }, (_, i) => `m${i} MX 1 a-mail-server-that-is-not-here-${i}\n`);
    appendFileSync(job.file, warned.join(""));
    loaded = loadFile(job, NOW);
    expect(JSON.stringify(loaded.result.problems).length).toBeGreaterThan(16 << 10);
    keep();
    expect((take() as FileResult).problems).toEqual(loaded.result.problems);
  });
});

describe("no image is kept", () => {
  test.each([
    ["of a zone with errors", BROKEN + filler],
    ["of a zone that is parsed in no time", zoneText(1)],
  ])("%s", (_, text) => {
    rmSync(folder, { recursive: true });
    writeFileSync(job.file, text);
    loaded = loadFile(job, NOW);
    keep();
    expect(existsSync(folder)).toBe(false);
    expect(take()).toBeUndefined();
  });
});

describe("a stale image is thrown away", () => {
  test.each([
    ["the zone file", "big.example.zone"],
    ["an included file", "big.inc"],
  ])("when %s has changed, by one octet and with its times kept", (_, name) => {
    const file = join(zones, name);
    const { atime, mtime } = statSync(file);
    writeFileSync(file, readFileSync(file, "latin1").replace("192.0.2", "192.0.3"), "latin1");
    utimesSync(file, atime, mtime);
    expect(refusal()).toBe(`stale: ${file} has changed`);
  });

  test.each(["big.example.zone", "big.inc"])("when %s can't be read", (name) => {
    rmSync(join(zones, name));
    expect(refusal()).toBe(`stale: ${join(zones, name)}: can't read: no such file or directory`);
  });

  test("when an included file is outside the zone directory now", () => {
    const elsewhere = join(directoryWith(), "big.inc");
    renameSync(join(zones, "big.inc"), elsewhere);
    symlinkSync(elsewhere, join(zones, "big.inc"));
    expect(refusal()).toBe(`stale: ${join(zones, "big.inc")} is outside ${zones}`);
  });

  test("when other code has compiled it", () => {
    expect(refusal({ compiler: "other code" })).toBe("stale: another version has compiled it");
  });

  test.each([
    ["layout", 1],
    ["image's format", 2],
  ])("when its %s is another version's", (_, word) => {
    patch((octets) => {
      octets[word * 4] ^= 64;
      octets.writeUInt32LE(crc32(octets.subarray(0, 28)), 28);
      return undefined;
    });
    expect(refusal()).toBe("stale: it has another version's form");
  });

  test("when its signatures would be judged otherwise: not a second too late, and not too early", () => {
    const { holds } = loaded;
    if (holds === undefined) throw new Error("not loaded");
    expect(holds).toEqual({ from: NOW - DAY, until: END - 3 * DAY + 1 });
    for (const at of [holds.from, holds.until - 1]) expect(take({ at })).toMatchObject({ from: "image" });
    expect(refusal({ at: holds.until })).toBe("stale: its signatures are to be judged anew");
    keep();
    expect(refusal({ at: holds.from - 1 })).toBe("stale: its signatures are to be judged anew");
  });

  test("when it has another zone's name", () => {
    const other = { ...job, apex: nameFromText("big.example.") };
    renameSync(path, join(folder, nameOf(other)));
    path = join(folder, nameOf(other));
    expect(refusal({ of: other })).toBe("stale: it is another zone's");
  });
});

describe("a damaged image is thrown away", () => {
  test("whichever octet of the head or the account is another one", () => {
    const whole = readFileSync(path);
    const end = whole.length - whole.readUInt32LE(16);
    expect(end).toBeGreaterThan(HEAD + 200);
    for (let at = 0; at < end; at++) {
      const octets = Buffer.from(whole);
      octets[at] ^= 1 << (at & 7);
      writeFileSync(path, octets, { mode: 0o600 });
      expect(take(), `octet ${at}`).toMatchObject({ kind: "damaged" });
    }
  });

  test("whichever bits are others, anywhere", () => {
    const whole = readFileSync(path);
    const flips = fc.uniqueArray(fc.nat(whole.length * 8 - 1), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(flips, (bits) => {
        const octets = Buffer.from(whole);
        for (const bit of bits) octets[bit >>> 3] ^= 1 << (bit & 7);
        writeFileSync(path, octets, { mode: 0o600 });
        expect(take()).toMatchObject({ kind: "damaged" });
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, HEAD - 1, HEAD, HEAD + 100, -1])("when it is cut at %i", (length) => {
    truncateSync(path, length < 0 ? statSync(path).size + length : length);
    expect(refusal()).toMatch(/^damaged: it (?:is cut short|has \d+ octets, and its head says otherwise)$/);
  });

  test("when it is longer", () => {
    appendFileSync(path, "x");
    expect(refusal()).toMatch(/^damaged: it has \d+ octets, and its head says otherwise$/);
  });

  test("when it is all zeros, as a power cut may leave it", () => {
    patch((octets) => octets.fill(0));
    expect(refusal()).toBe("damaged: it is no image of ours");
  });

  test.each([
    ["no image at all", Buffer.alloc(4096), "damaged: not a zone image of this version"],
    ["too short for one", Buffer.alloc(8), /^damaged: /],
  ])("when what it holds is %s, though all checksums are right", (_, image, why) => {
    const account = JSON.parse(
      readFileSync(path).subarray(HEAD).toString("latin1").split("}]}")[0].concat("}]}"),
    ) as Account;
    writeWhole(folder, nameOf(job), [headOf(account, image), image]);
    expect(refusal()).toMatch(why);
  });

  test("when somebody else may have written it", () => {
    chmodSync(path, 0o622);
    expect(refusal()).toBe("damaged: others may write to it");
  });

  test("when it is a link, which is not followed, and what it leads to stays", () => {
    const elsewhere = join(zones, "elsewhere");
    renameSync(path, elsewhere);
    symlinkSync(elsewhere, path);
    expect(refusal()).toBe("damaged: it is a symbolic link");
    expect(existsSync(elsewhere)).toBe(true);
  });

  testWith("mkfifo", "when it is a FIFO, which holds nobody up", () => {
    rmSync(path);
    execFileSync("mkfifo", [path]);
    expect(refusal()).toBe("damaged: can't read: it is no regular file");
  });

  test("when it is a directory, which is left to people", () => {
    rmSync(path);
    mkdirSync(path);
    expect(take()).toMatchObject({ kind: "damaged" });
    expect(existsSync(path)).toBe(true);
    expect(keep).toThrow();
  });
});

describe("the folder", () => {
  test("is made again when it has vanished", () => {
    const store = new ImageStore(folder, CODE);
    rmSync(join(folder, ".."), { recursive: true });
    expect(store.take(job, NOW)).toBeUndefined();
    keep();
    expect(take()).toMatchObject({ from: "image" });
  });

  test("holds nothing half written when an image can't be", () => {
    rmSync(path);
    mkdirSync(path);
    expect(keep).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual([nameOf(job)]);
  });

  test("that is no folder is an error for the writer only", () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    expect(take()).toBeUndefined();
    expect(keep).toThrow(/EEXIST|ENOTDIR/);
  });

  test("gives each job a name of its own, whatever the file is called", () => {
    const root = "/z";
    const origin = nameFromText("a.");
    const odd = [
      "/z/a.zone",
      "/y/a.zone",
      "/z/\u2603 a/../\u00fc\n.zone",
      `/z/${"x".repeat(250)}.zone`,
      "/z/..",
      "/z/db.a",
    ];
    const jobs: FileJob[] = [
      ...odd.map((file) => ({ file, root, apex: undefined, origin })),
      { file: odd[0], root, apex: origin, origin },
      { file: odd[0], root, apex: undefined, origin: undefined },
      { file: odd[0], root: "/", apex: undefined, origin },
    ];
    const names = jobs.map(nameOf);
    expect(new Set(names).size).toBe(jobs.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]{1,130}\.image$/);
    expect(names[0]).toMatch(/^a\.zone-/);
  });

  test("is cleared of what crashes left and of what nobody has used for a week, and of nothing else", async () => {
    const now = Date.now();
    const days = (count: number) => new Date(now - count * DAY * 1000);
    const put = (name: string, used: Date) => {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), used, used);
    };
    put("old.image", days(8));
    put("new.image", days(6));
    // No process has this number: it is over the kernel's largest.
    put("a.image.99999999-0a.new", days(0));
    put(`before.image.${process.pid}-0b.new`, days(0.02));
    put(`own.image.${process.pid}-0e.new`, days(0));
    put(`writing.image.${process.ppid}-0c.new`, days(0));
    put(`forgotten.image.${process.ppid}-0d.new`, days(1));
    put("README", days(400));
    await clearOut(folder, now);
    expect(readdirSync(folder).sort()).toEqual(
      [
        "README",
        nameOf(job),
        "new.image",
        `own.image.${process.pid}-0e.new`,
        `writing.image.${process.ppid}-0c.new`,
      ].sort(),
    );
  });

  test("knows from its time when an image was last used", async () => {
    utimesSync(path, 1, 1);
    take();
    await clearOut(folder, Date.now());
    expect(existsSync(path)).toBe(true);
    utimesSync(path, 1, 1);
    await clearOut(folder, Date.now());
    expect(existsSync(path)).toBe(false);
  });
});
