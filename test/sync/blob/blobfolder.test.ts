/** A folder of blobs: what is damaged is not there, what was kept is whole, and several may use it. */

import { execFile, spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BlobFolder, BlobFolderError } from "../../../src/sync/blob/blobfolder.ts";
import { BLOB_MOST } from "../../../src/sync/store/store.ts";
import { have } from "../../support/need.ts";

const A = Buffer.from("a blob");
const B = Buffer.from("another blob");
const digest = (octets: Uint8Array) => hash("sha256", octets, "hex");
const HOUR = 3_600_000;

let base: string;
let path: string;
let folder: BlobFolder;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "zonecast-blobs-"));
  path = join(base, "state", "blobs");
  folder = new BlobFolder(path);
});

afterEach(() => rmSync(base, { recursive: true }));

const fileOf = (octets: Uint8Array) => join(path, digest(octets).slice(0, 2), digest(octets));

/** As if nobody had used it for so long. */
function age(file: string, milliseconds: number): void {
  const then = new Date(Date.now() - milliseconds);
  utimesSync(file, then, then);
}

const everything = () => readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.length > 2);

describe("put and get", () => {
  for (const durable of [false, true]) {
    test(durable ? "through a power cut" : "without waiting for the disk", async () => {
      expect(await folder.get(digest(A))).toBeUndefined();
      expect(await folder.has(digest(A))).toBe(false);
      await folder.put(digest(A), A, durable);
      await folder.put(digest(A), A, durable);
      await folder.put(digest(B), B, durable);
      expect(await folder.get(digest(A))).toEqual(A);
      expect(await folder.has(digest(A))).toBe(true);
      expect(everything().toSorted()).toEqual(
        [A, B].map((one) => `${digest(one).slice(0, 2)}/${digest(one)}`).toSorted(),
      );
    });
  }

  test("nobody else may read it", async () => {
    await folder.put(digest(A), A);
    expect(statSync(fileOf(A)).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, digest(A).slice(0, 2))).mode & 0o777).toBe(0o700);
  });

  test("what is no digest is not there, and can't be put: least of all a path", async () => {
    writeFileSync(join(base, "secret"), "s");
    for (const name of ["../../secret", "", "ab", `${digest(A)}/..`, digest(A).toUpperCase(), `../${digest(A)}`]) {
      expect(await folder.get(name)).toBeUndefined();
      expect(await folder.has(name)).toBe(false);
      await expect(folder.put(name, A)).rejects.toThrow(RangeError);
    }
    await expect(folder.put(digest(A), B)).rejects.toThrow(`these 12 octets are not blob ${digest(A)}`);
    expect(existsSync(path)).toBe(false);
  });
});

describe("a damaged file is thrown away and counts as missing", () => {
  const damage: Readonly<Record<string, (file: string) => void>> = {
    "an octet changed": (file) => writeFileSync(file, "b blob"),
    "cut short": (file) => truncateSync(file, 3),
    "empty, as a power cut leaves it": (file) => truncateSync(file, 0),
    "full of zeros, as another power cut leaves it": (file) => writeFileSync(file, Buffer.alloc(A.length)),
    "larger than any blob": (file) => truncateSync(file, BLOB_MOST + 1),
  };
  for (const [name, spoil] of Object.entries(damage)) {
    test(name, async () => {
      await folder.put(digest(A), A);
      spoil(fileOf(A));
      expect(await folder.get(digest(A))).toBeUndefined();
      expect(existsSync(fileOf(A))).toBe(false);
      await folder.put(digest(A), A);
      expect(await folder.get(digest(A))).toEqual(A);
    });
  }

  test("a folder of that name is no blob", async () => {
    mkdirSync(fileOf(A), { recursive: true });
    expect(await folder.get(digest(A))).toBeUndefined();
    await expect(folder.put(digest(A), A)).rejects.toThrow(BlobFolderError);
  });
});

describe("clearing out", () => {
  test("what is kept stays, what is young stays, the rest goes", async () => {
    const young = Buffer.from("young");
    for (const one of [A, B, young]) await folder.put(digest(one), one);
    for (const one of [A, B]) age(fileOf(one), 2 * HOUR);
    expect(await folder.keepOnly(new Set([digest(A)]), Date.now() - HOUR)).toBe(1);
    expect(await Promise.all([A, B, young].map((one) => folder.has(digest(one))))).toEqual([true, false, true]);
  });

  test("what was just read is young: its version may be coming in again", async () => {
    await folder.put(digest(A), A);
    age(fileOf(A), 2 * HOUR);
    await folder.get(digest(A));
    expect(await folder.keepOnly(new Set(), Date.now() - HOUR)).toBe(0);
  });

  test("what a crash left half written goes; files of others stay", async () => {
    await folder.put(digest(A), A);
    const unfinished = `${fileOf(B)}.4711-0123456789ab.new`;
    const foreign = [join(path, "README"), join(path, digest(A).slice(0, 2), "notes.txt")];
    mkdirSync(join(path, digest(B).slice(0, 2)), { recursive: true });
    for (const file of [unfinished, ...foreign]) {
      writeFileSync(file, "x");
      age(file, 3 * HOUR);
    }
    const written = `${fileOf(B)}.4712-0123456789ab.new`;
    writeFileSync(written, "by another process, just now");
    expect(await folder.keepOnly(new Set([digest(A)]), Date.now() - HOUR)).toBe(0);
    expect(existsSync(unfinished)).toBe(false);
    for (const file of [written, ...foreign]) expect(existsSync(file)).toBe(true);
  });

  test("down to so many octets, what was used longest ago first", async () => {
    const blobs = Array.from({ length: 5 }, (_, i) => Buffer.alloc(1000, `${i}`));
    for (const one of blobs) await folder.put(digest(one), one);
    for (const [i, one] of blobs.entries()) age(fileOf(one), (i + 1) * HOUR);
    await folder.get(digest(blobs[4]));
    await folder.trim(2999);
    expect(await Promise.all(blobs.map((one) => folder.has(digest(one))))).toEqual([true, false, false, false, true]);
  });

  test("a folder that is not there", async () => {
    expect(await folder.keepOnly(new Set(), Date.now())).toBe(0);
    await folder.trim(0);
  });
});

describe("through it to the store", () => {
  test("the store is asked once", async () => {
    const asked: string[] = [];
    const getBlob = folder.through(async (sha256) => {
      asked.push(sha256);
      return sha256 === digest(A) ? A : undefined;
    }, true);
    expect(await getBlob(digest(A))).toEqual(A);
    expect(await getBlob(digest(A))).toEqual(A);
    expect(await getBlob(digest(B))).toBeUndefined();
    expect(asked).toEqual([digest(A), digest(B)]);
  });

  test("a blob that is damaged in the store is not kept", async () => {
    expect(await folder.through(async () => B)(digest(A))).toEqual(B);
    expect(existsSync(path)).toBe(false);
  });

  test("one that can't be kept is used all the same, if so wanted", async () => {
    writeFileSync(join(base, "state"), "a file where the folder should be");
    const told: unknown[] = [];
    expect(
      await folder.through(
        async () => A,
        false,
        (error) => told.push(error),
      )(digest(A)),
    ).toEqual(A);
    expect(told).toEqual([expect.any(BlobFolderError)]);
    await expect(folder.through(async () => A)(digest(A))).rejects.toThrow(
      `can't keep blobs in ${path}: can't write: it is not a directory`,
    );
  });
});

test("two processes put, get and clear out at the same time, and never get anything else than the blob", async () => {
  const program = join(import.meta.dirname, "folderuser.ts");
  const runs = ["1", "2"].map((seed) => promisify(execFile)(process.execPath, [program, path, "300", seed]));
  for (const { stdout } of await Promise.all(runs)) expect(stdout).toBe("wrong 0\n");
  expect(everything().filter((name) => name.endsWith(".new"))).toEqual([]);
});

const mounting = (options: string) => ["-m", "sh", "-c", `mount -t tmpfs -o ${options} none "$0" && exec "$@"`];
const canMount = have(
  "the right to mount a small disk (unshare -m)",
  spawnSync("unshare", [...mounting("size=40k"), "/mnt", "true"]).status === 0,
);

/** Puts a blob of 100 KB into a disk of its own, and prints what was said and what is left there. */
const PUT = `
  const { BlobFolder } = await import(${JSON.stringify(join(import.meta.dirname, "../../../src/sync/blob/blobfolder.ts"))});
  const { readdirSync } = await import("node:fs");
  const { hash } = await import("node:crypto");
  const octets = Buffer.alloc(100_000);
  const folder = new BlobFolder(process.argv[1] + "/blobs");
  await folder.put(hash("sha256", octets, "hex"), octets, true).catch((error) => console.log(error.full, error.message));
  console.log(readdirSync(process.argv[1], { recursive: true }).filter((name) => name.includes("/")).map((name) => name.length));
`;

for (const [disk, options, said] of [
  [
    "a full disk",
    "size=40k",
    "true can't keep blobs in DISK/blobs: can't write: no space left on the device: make room there\n[ 8 ]\n",
  ],
  ["a read-only disk", "ro", "false can't keep blobs in DISK/blobs: can't write: the file system is read-only\n[]\n"],
] as const) {
  test.skipIf(!canMount)(`${disk}: it says so, and leaves nothing behind (needs the right to mount)`, () => {
    const run = [...mounting(options), base, process.execPath, "--input-type=module", "-e", PUT, base];
    const { stdout, stderr } = spawnSync("unshare", run, { encoding: "utf8" });
    expect(stdout.replaceAll(base, "DISK"), stderr).toBe(said);
  });
}

test("a link to a blob elsewhere is read as one", async () => {
  mkdirSync(join(path, digest(A).slice(0, 2)), { recursive: true });
  writeFileSync(join(base, "elsewhere"), A);
  symlinkSync(join(base, "elsewhere"), fileOf(A));
  expect(await folder.get(digest(A))).toEqual(A);
  expect(readFileSync(fileOf(A))).toEqual(A);
});
