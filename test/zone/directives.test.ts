/** $ORIGIN and $INCLUDE (RFC 1035 §5.1), $TTL (RFC 2308 §4). */

import { describe, expect, test } from "vitest";
import { nameFromText } from "../../src/text/name.ts";
import type { Include } from "../../src/zone/master.ts";
import { dumped, HEAD, load, problems, records, sourceOf, told } from "./loading.ts";

const SOA = "SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 300";

describe("$ORIGIN", () => {
  test("completes the names after it, in owners and in RDATA, relative to the one before", () => {
    const lines =
      "$ORIGIN sub\nwww CNAME @\n$ORIGIN deep\nwww CNAME web\n$ORIGIN example.\nx CNAME y\n$ORIGIN @\nz CNAME z";
    expect(records(lines)).toEqual([
      "www.sub.example. 3600 IN CNAME sub.example.",
      "www.deep.sub.example. 3600 IN CNAME web.deep.sub.example.",
      "x.example. 3600 IN CNAME y.example.",
      "z.example. 3600 IN CNAME z.example.",
    ]);
  });

  test("may be the root, stand in any case, and be followed by a comment", () => {
    expect(records("$origin . ; the root\nwww.example CNAME net")).toEqual(["www.example. 3600 IN CNAME net."]);
  });

  test.each([
    ["$ORIGIN", "1:8: error: missing a domain name"],
    ["$ORIGIN a..b", "1:9: error: the name has an empty label"],
    ["$ORIGIN a b", '1:11: error: unexpected "b" after $ORIGIN'],
  ])("%s", (line, problem) => {
    expect(problems(`${line}\nwww A 192.0.2.1`)).toEqual([`zone:${problem}`]);
  });

  test("without one, the origin is what the caller says; without that, the root", () => {
    const text = `@ 60 IN ${SOA}\n@ 60 NS ns.example.net.\nns.example.net. 60 A 192.0.2.1\n`;
    expect(dumped(load(text, { apex: undefined, origin: nameFromText("given.") }))[0]).toMatch(/^given\. /);
    expect(dumped(load(text, { apex: undefined }))[0]).toMatch(/^\. 60 IN SOA /);
    expect(load(`$ORIGIN other.\n${text}`, { apex: undefined }).apex).toEqual(nameFromText("other."));
    expect(told(load(`$ORIGIN other.\n${text}`))).toContain("zone: error: no SOA at the zone's name, example.");
  });
});

describe("$TTL", () => {
  test("is the TTL of the records after it that have none, until the next", () => {
    expect(records("a A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1\n$TTL 1d\nd A 192.0.2.1")).toEqual([
      "a.example. 3600 IN A 192.0.2.1",
      "b.example. 5 IN A 192.0.2.1",
      "c.example. 3600 IN A 192.0.2.1",
      "d.example. 86400 IN A 192.0.2.1",
    ]);
  });

  test("without it, the last TTL written counts (RFC 1035 §5.1)", () => {
    const text = `@ 60 IN ${SOA}\n@ NS ns.example.net.\na 5 A 192.0.2.1\nb A 192.0.2.1\n$TTL 7\nc A 192.0.2.1\n`;
    expect(dumped(load(text)).map((line) => line.split(" ")[1])).toEqual(["60", "60", "5", "5", "7"]);
  });

  test("without any, the SOA's minimum is taken, with a warning", () => {
    const loaded = load(`@ IN ${SOA}\n@ NS ns.example.net.\n`);
    expect(dumped(loaded).map((line) => line.split(" ")[1])).toEqual(["300", "300"]);
    expect(told(loaded)).toEqual(["zone:1:1: warning: no TTL: the SOA's minimum, 300, is taken; write a $TTL"]);
    const most = `@ IN ${SOA.replace(/300$/, "4294967295")}\n@ NS ns.example.net.\n`;
    expect(dumped(load(most)).map((line) => line.split(" ")[1])).toEqual(["0", "0"]);
  });

  test("a record before the SOA has none to take", () => {
    expect(told(load(`www A 192.0.2.1\n${HEAD}`))).toEqual([
      "zone:1:1: error: no TTL: write one on the record, or a $TTL above it",
    ]);
  });

  test.each([
    ["$TTL", "1:5: error: missing a TTL"],
    ["$TTL x", '1:6: error: expected a TTL such as 3600 or 1h30m, got "x"'],
    ["$TTL 60 60", '1:9: error: unexpected "60" after $TTL'],
    ["$TTL 2147483648", "1:6: warning: a TTL over 2147483647 counts as 0 (RFC 2181 §8)"],
    ["$TTL 4294967296", "1:6: error: TTL 4294967296 is over 2147483647 (RFC 2181 §8)"],
  ])("%s", (line, problem) => {
    expect(problems(line)).toEqual([`zone:${problem}`]);
  });
});

describe("$INCLUDE", () => {
  const files = { sub: "@ A 192.0.2.1\nhost A 192.0.2.2\n$ORIGIN elsewhere\nx A 192.0.2.3\n" };

  test("reads another file in place, with this origin", () => {
    expect(records("$INCLUDE sub", { files })).toEqual([
      "example. 3600 IN A 192.0.2.1",
      "host.example. 3600 IN A 192.0.2.2",
      "x.elsewhere.example. 3600 IN A 192.0.2.3",
    ]);
  });

  test("or with one of its own; afterwards origin and owner are what they were", () => {
    expect(records('www A 192.0.2.1\n$include "sub" sub ; comment\n AAAA ::1\nmail A 192.0.2.4', { files })).toEqual([
      "www.example. 3600 IN A 192.0.2.1",
      "www.example. 3600 IN AAAA ::1",
      "sub.example. 3600 IN A 192.0.2.1",
      "host.sub.example. 3600 IN A 192.0.2.2",
      "x.elsewhere.sub.example. 3600 IN A 192.0.2.3",
      "mail.example. 3600 IN A 192.0.2.4",
    ]);
  });

  test("the included file has no last owner", () => {
    expect(problems("www A 192.0.2.1\n$INCLUDE blank", { files: { blank: " A 192.0.2.2" } })).toEqual([
      "blank:1:2: error: the first record has no owner name",
    ]);
  });

  test("the SOA may be in an included file", () => {
    const loaded = load("$INCLUDE head\n$INCLUDE www\n$INCLUDE www", {
      apex: undefined,
      origin: nameFromText("a."),
      files: { head: HEAD, www: "" },
    });
    expect(loaded.apex).toEqual(nameFromText("a."));
    expect(loaded.errors).toBe(0);
  });

  test("errors are told where they are, in the included file", () => {
    const nested = { one: "\n$INCLUDE two\nx A 1.2.3\n", two: "a A 192.0.2.1\n  y\n" };
    expect(problems("$INCLUDE one\nz A 1.2.3", { files: nested })).toEqual([
      'one:3:5: error: expected an IPv4 address, got "1.2.3"',
      'two:2:3: error: expected a TTL, class or type, got "y"',
      'zone:2:5: error: expected an IPv4 address, got "1.2.3"',
    ]);
  });

  test.each([
    ["$INCLUDE", "1:9: error: missing a file name"],
    ["$INCLUDE nope", "1:10: error: can't read nope"],
    ["$INCLUDE sub a..b", "1:14: error: the name has an empty label"],
    ["$INCLUDE sub a b", '1:16: error: unexpected "b" after $INCLUDE'],
  ])("%s", (line, problem) => {
    expect(problems(line, { files })).toEqual([`zone:${problem}`]);
  });

  test("a file name is UTF-8", () => {
    const include: Include = (path) => `can't read ${path}`;
    expect(problems(Buffer.from("$INCLUDE zürich").toString("latin1"), { include })).toEqual([
      "zone:1:10: error: can't read zürich",
    ]);
  });

  test("a circle is found", () => {
    expect(problems("$INCLUDE zone", { include: () => sourceOf("zone", "") })).toEqual([
      "zone:1:10: error: $INCLUDE goes round in a circle: zone is being read already",
    ]);
    expect(problems("$INCLUDE one", { files: { one: "$INCLUDE two", two: "\n$INCLUDE one" } })).toEqual([
      "two:2:10: error: $INCLUDE goes round in a circle: one is being read already",
    ]);
  });

  test("twenty files deep, and no deeper", () => {
    const include: Include = (path) => sourceOf(path, `$INCLUDE ${Number(path) + 1}`);
    expect(problems("$INCLUDE 2", { include })).toEqual(["20:1:10: error: $INCLUDE nests deeper than 20 files"]);
  });

  test("files that each include the next one twice come to an end", () => {
    const files = new Set(["zone"]);
    const include: Include = (path) => {
      files.add(path);
      return sourceOf(path, `$INCLUDE ${path}x\n$INCLUDE ${path}x`);
    };
    const loaded = load(`${HEAD}$INCLUDE x`, { include });
    expect(loaded.problems[0].message).toMatch(/nests deeper than 20|more than 10000 files/);
    expect(told(loaded).some((line) => line.includes("more than 10000 files"))).toBe(false);
    // The twenty-first is refused unread.
    expect(files.size).toBe(20);
  });
});
