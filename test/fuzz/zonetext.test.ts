/**
 * Loading never throws and never takes long, whatever the text: each run either makes an image or has an error to tell,
 * with a place inside its file.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: "${…}" is what $GENERATE calls a modifier.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameFromText } from "../../src/text/name.ts";
import type { Loaded } from "../../src/zone/load.ts";
import type { Include } from "../../src/zone/master.ts";
import { dumped, HEAD, load, sourceOf } from "../zone/loading.ts";
import { times } from "./budget.ts";

/** Milliseconds that one small text may take on a busy machine. */
const PATIENCE = 2000;
const root = join(import.meta.dirname, "../..");
const files = ["zones", "test/zone/good", "test/zone/broken"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".zone"))
    .map((file) => join(folder, file)),
);
const real = fc.constantFrom(...files).map((file) => readFileSync(join(root, file)));

/** A file that includes itself by any name, and the text itself by another one. */
function includes(text: Uint8Array): Include {
  return (path) =>
    path.length % 3 === 0 ? "no such file" : sourceOf(path, path.length % 3 === 1 ? text : "x A 1.2.3.4");
}

function check(text: Uint8Array, apex: Uint8Array | undefined): Loaded {
  const started = performance.now();
  const loaded = load(text, { apex, include: includes(text) });
  expect(performance.now() - started).toBeLessThan(PATIENCE);
  expect(loaded.image === undefined).toBe(loaded.errors > 0);
  expect(loaded.problems.some(({ severity }) => severity === "error")).toBe(loaded.errors > 0);
  const lines = lengthsOf(text);
  for (const { file, line, column, message } of loaded.problems) {
    expect(message).not.toBe("");
    if (file !== "zone" || line === 0) continue;
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(lines[line - 1] + 1);
  }
  return loaded;
}

/** The octets of each line. */
function lengthsOf(text: Uint8Array): number[] {
  const lengths: number[] = [];
  let start = 0;
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    lengths.push(end - start);
    start = end + 1;
  }
  return [...lengths, text.length - start];
}

const apexes = fc.constantFrom(
  undefined,
  nameFromText("."),
  nameFromText("example."),
  nameFromText("company.example."),
);

test("any octets", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), apexes, (text, apex) => void check(text, apex));
  fc.assert(property, { numRuns: times(3000) });
});

/** Pieces that mean something to the reader, put together in any order. */
const pieces = fc.constantFrom(
  ...'\n \t ; ( ) " \\ @ . * $ { } \r\n \0 \\# $ORIGIN $TTL $INCLUDE $GENERATE IN CH A AAAA TXT MX SOA NS CNAME DNAME NSEC NSEC3'.split(
    " ",
  ),
  ..."RRSIG SVCB LOC APL HIP 0 1 60 1-3 0-4294967295/9 1h2 \\256 \\1 4294967296 ${0,300,n} a a.b x.example. 192.0.2.1 ::1".split(
    " ",
  ),
  " ",
  "\n",
  HEAD,
);

test("any pieces of entries", () => {
  const text = fc.array(pieces, { maxLength: 60 }).map((list) => Buffer.from(list.join(" "), "latin1"));
  fc.assert(
    fc.property(text, apexes, (bytes, apex) => void check(bytes, apex)),
    { numRuns: times(3000) },
  );
});

/** Octets cut out, put in, changed, copied from elsewhere in the file. */
const damage = fc.array(
  fc.record({
    at: fc.nat(),
    cut: fc.nat(40),
    from: fc.nat(),
    copied: fc.nat(80),
    put: fc.uint8Array({ maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 6 },
);

test("real zones, damaged; one that still loads is dumped and loads again", () => {
  const property = fc.property(real, damage, (file, changes) => {
    let text: Uint8Array = file;
    for (const { at, cut, from, copied, put } of changes) {
      const start = at % (text.length + 1);
      const source = from % (text.length + 1);
      const copy = text.subarray(source, source + copied);
      text = Buffer.concat([text.subarray(0, start), put, copy, text.subarray(start + cut)]);
    }
    const loaded = check(text, undefined);
    if (loaded.image) expect(load(dumped(loaded).join("\n"), { apex: loaded.apex }).errors).toBe(0);
  });
  fc.assert(property, { numRuns: times(1000) });
}, 30_000);

test("real zones, cut off anywhere", () => {
  const property = fc.property(
    real,
    fc.nat(),
    (file, at) => void check(file.subarray(0, at % (file.length + 1)), undefined),
  );
  fc.assert(property, { numRuns: times(500) });
});

describe("bombs", () => {
  /** Milliseconds of processor time: other programs are none of it. */
  function timed(text: string, include: Include = () => "no files"): number {
    const started = process.cpuUsage();
    load(HEAD + text, { include });
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  }

  test.each([
    ["a million parentheses", `x A ${"(".repeat(1e6)}192.0.2.1${")".repeat(1e6)}`],
    ["a million open ones", `${"(".repeat(1e6)}\n`],
    ["a million closed ones, a line each", ")\n".repeat(1e5)],
    ["a million quotes", `x TXT ${'"'.repeat(1e6)}`],
    ["a million open quotes, a line each", 'x TXT "\n'.repeat(1e5)],
    ["a million backslashes", "\\".repeat(1e6)],
    ["a million dots", ".".repeat(1e6)],
    ["a million comments", ";\n".repeat(1e6)],
    ["a TTL of a million digits", `x ${"9".repeat(1e6)} A 192.0.2.1`],
    ["a TXT of a million strings", `x TXT ${"a ".repeat(1e6)}`],
    ["a million hex digits", `x TYPE65280 \\# 500000 ${"ab".repeat(5e5)}`],
    [
      "a hundred thousand records at one name",
      Array.from({ length: 1e5 }, (_, i) => `x TYPE65280 \\# 4 ${hex(i)}\n`).join(""),
    ],
    [
      "a hundred thousand types at one name",
      Array.from({ length: 6e4 }, (_, i) => `x TYPE${i + 300} \\# 0\n`).join(""),
    ],
    ["a hundred thousand copies of one record", "x A 192.0.2.1\n".repeat(1e5)],
    [
      "a hundred thousand deep names",
      Array.from({ length: 1e4 }, (_, i) => `${i}.${"y.".repeat(100)}z A 192.0.2.1\n`).join(""),
    ],
    [
      "NSEC3 with 65535 iterations",
      `@ NSEC3PARAM 1 0 65535 -\n${"0".repeat(32)} NSEC3 1 0 65535 - ${"0".repeat(32)}\n${hosts(1e4)}`,
    ],
    ["$GENERATE with a far range", "$GENERATE 0-4294967295 x$ A 192.0.2.1"],
    ["$GENERATE with a wide counter", "$GENERATE 0-9999 x CNAME ${0,999,n}${0,999,n}${0,999,d}"],
    ["$GENERATE into names that do not fit", "$GENERATE 0-1000000 ${0,64} A 192.0.2.1\n".repeat(100)],
  ])(
    "%s",
    (_, text) => {
      expect(timed(text)).toBeLessThan(5000);
    },
    120_000,
  );

  test("$GENERATE over and over", () => {
    expect(timed("$GENERATE 0-1000000 x$.example.net. A 192.0.2.1\n".repeat(1000))).toBeLessThan(30_000);
  }, 240_000);

  test("files that include others a thousand times each", () => {
    const include: Include = (path) => sourceOf(`${path}x`, `$INCLUDE ${path}x\n`.repeat(1000));
    expect(timed("$INCLUDE x\n".repeat(1000), include)).toBeLessThan(30_000);
  }, 240_000);

  function hex(value: number): string {
    return value.toString(16).padStart(8, "0");
  }

  function hosts(count: number): string {
    return Array.from({ length: count }, (_, i) => `h${i} A 192.0.2.1\n`).join("");
  }
});
