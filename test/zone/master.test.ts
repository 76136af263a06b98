/** Entries of a master file (RFC 1035 §5.1): owners, TTLs, classes, types, and how they are written. */

import { describe, expect, test } from "vitest";
import { dumped, HEAD, load, problems, records, told } from "./loading.ts";

const www = "www.example. 3600 IN A 192.0.2.1";

describe("TTL, class and type", () => {
  test.each([
    "www 60 IN A 192.0.2.1",
    "www IN 60 A 192.0.2.1",
    "www 60 A 192.0.2.1",
    "www 1m in a 192.0.2.1",
    "www 1M CLASS1 TYPE1 192.0.2.1",
    "www class1 0h60s type1 \\# 4 c0000201",
  ])("%s", (line) => {
    expect(records(line)).toEqual(["www.example. 60 IN A 192.0.2.1"]);
  });

  test.each(["www A 192.0.2.1", "www IN A 192.0.2.1", "WwW\tin\ta\t192.0.2.1", "www.example. A 192.0.2.1"])(
    "%s: with the default TTL",
    (line) => expect(records(line)).toEqual([www]),
  );

  test("an owner may look like a type, class or TTL", () => {
    const owners = ["A", "IN", "60", "1h", "TYPE1", "CLASS1", "ANY", "SOA", "NSEC3"];
    for (const owner of owners) {
      const full = `${owner.toLowerCase()}.example. 60 IN A 192.0.2.1`;
      expect(records(`${owner} 60 IN A 192.0.2.1`)).toEqual([full]);
    }
  });

  test("TTLs up to 31 bits; with the 32nd they count as 0, and over that they are none", () => {
    expect(records("www 2147483647 A 192.0.2.1")).toEqual(["www.example. 2147483647 IN A 192.0.2.1"]);
    expect(records("www 2147483648 A 192.0.2.1")).toEqual(["www.example. 0 IN A 192.0.2.1"]);
    expect(records("www 49710d6h28m15s A 192.0.2.1")).toEqual(["www.example. 0 IN A 192.0.2.1"]);
    expect(problems("www 2147483648 A 192.0.2.1")).toEqual([
      "zone:1:5: warning: a TTL over 2147483647 counts as 0 (RFC 2181 §8)",
    ]);
    expect(problems("www 4294967296 A 192.0.2.1")).toEqual([
      "zone:1:5: error: TTL 4294967296 is over 2147483647 (RFC 2181 §8)",
    ]);
  });

  test.each([
    ["www 60 60 A 192.0.2.1", '1:8: error: expected a TTL, class or type, got "60"'],
    ["www IN IN A 192.0.2.1", '1:8: error: unknown type "IN"'],
    ["www CH A 192.0.2.1", "1:5: error: class CH: only zones of class IN are served"],
    ["www CLASS4 A 192.0.2.1", "1:5: error: class HS: only zones of class IN are served"],
    ["www TYPE65536 \\# 0", '1:5: error: expected a TTL, class or type, got "TYPE65536"'],
    ["www -1 A 192.0.2.1", '1:5: error: expected a TTL, class or type, got "-1"'],
    ["www 60 IN", "1:10: error: missing a type"],
    ["www", "1:4: error: missing a type"],
    ["www AXFR x", "1:5: error: AXFR is a type of messages, not of zones"],
    ["www TYPE0 \\# 0", "1:5: error: TYPE0 is a type of messages, not of zones"],
    ["www NOPE x", '1:5: error: expected a TTL, class or type, got "NOPE"'],
  ])("%s", (line, problem) => {
    expect(problems(line)).toEqual([`zone:${problem}`]);
  });
});

describe("owners", () => {
  test("a line that begins with a blank has the last owner, whatever came in between", () => {
    const lines = "www A 192.0.2.1\n\n ; comment\n\t AAAA ::1\n$ORIGIN sub\n 60 A 192.0.2.2\n";
    expect(records(lines)).toEqual([www, "www.example. 3600 IN A 192.0.2.2", "www.example. 3600 IN AAAA ::1"]);
  });

  test("there is no last owner at the start", () => {
    expect(told(load(` A 192.0.2.1\n${HEAD}`))).toEqual(["zone:1:2: error: the first record has no owner name"]);
  });

  test("@ is the origin, and only alone and without escape", () => {
    expect(records("@ A 192.0.2.1\n\\@ A 192.0.2.1\na@b A 192.0.2.1")).toEqual([
      "example. 3600 IN A 192.0.2.1",
      "\\@.example. 3600 IN A 192.0.2.1",
      "a\\@b.example. 3600 IN A 192.0.2.1",
    ]);
    expect(records("www CNAME @")).toEqual(["www.example. 3600 IN CNAME example."]);
  });

  test("\\DDD and \\X: every octet can be in a label, escaped dots and letters do not end or change it", () => {
    expect(records("\\119\\w\\W A 192.0.2.1")).toEqual([www]);
    expect(records("a\\.b\\000\\255\\( A 192.0.2.1")).toEqual(["a\\.b\\000\\255\\(.example. 3600 IN A 192.0.2.1"]);
    const binary = Buffer.from([0, 1, 128, 200, 255, 32, 65, 32, 49, 46, 50, 46, 51, 46, 52]);
    expect(records(binary)).toEqual(["\\000\\001\\128\\200\\255.example. 3600 IN A 1.2.3.4"]);
  });

  test("a $ in front is escaped, else it is a directive", () => {
    expect(records("\\$x A 192.0.2.1")).toEqual(["\\$x.example. 3600 IN A 192.0.2.1"]);
    expect(problems("$x A 192.0.2.1")).toEqual(['zone:1:1: error: unknown directive "$x"']);
  });

  test.each([
    ["a\\256", 2, "\\256 is over \\255"],
    ["a\\12", 2, "\\DDD needs three decimal digits"],
    ["a\\12x", 2, "\\DDD needs three decimal digits"],
    ["a..b", 1, "the name has an empty label"],
    [".a", 1, "the name has an empty label"],
    ["..", 1, "the name has an empty label"],
    ['""', 2, "an empty name"],
  ])("%s is no name", (name, column, message) => {
    expect(problems(`${name} A 192.0.2.1`)).toEqual([`zone:1:${column}: error: ${message}`]);
  });

  test("labels of 63 octets and names of 255, and not one more", () => {
    const label = "x".repeat(63);
    expect(records(`${label} A 192.0.2.1`)).toEqual([`${label}.example. 3600 IN A 192.0.2.1`]);
    expect(problems(`${label}x A 192.0.2.1`)).toEqual(["zone:1:1: error: a label is 64 octets long, over 63"]);
    const long = `${label}.${label}.${label}`;
    // 3 · 64, and 54 with its length octet, and "example." with the root's: 9.
    const name = `${long}.${"y".repeat(53)}`;
    expect(records(`${name} A 192.0.2.1`)).toHaveLength(1);
    expect(records(`www CNAME ${name}.example.`)).toHaveLength(1);
    const tooLong = "error: the name is longer than 255 octets";
    expect(problems(`${name}y A 192.0.2.1`)).toEqual([`zone:1:1: ${tooLong} with its origin`]);
    expect(problems(`${name}y.example. A 192.0.2.1`)).toEqual([`zone:1:1: ${tooLong}`]);
    expect(problems(`www CNAME ${name}y`)).toEqual([`zone:1:11: ${tooLong} with its origin`]);
    const labels = "z.".repeat(123);
    expect(records(`${labels}example. A 192.0.2.1`)).toHaveLength(1);
    expect(problems(`z.${labels}example. A 192.0.2.1`)).toEqual([`zone:1:1: ${tooLong}`]);
  });
});

describe("the text", () => {
  test.each([
    ["CRLF", "www A 192.0.2.1\r\n"],
    ["CR and LF by themselves", "\r\n\r\nwww A 192.0.2.1\r\n\n"],
    ["no newline at the end", "www A 192.0.2.1"],
    ["a comment without newline at the end", "www A 192.0.2.1;comment"],
    ["a comment right after the owner's line", '; www A 192.0.2.2 ( "\nwww A 192.0.2.1 ; ) " (\n'],
    ["tabs", "www\t\t3600\tIN\tA\t192.0.2.1\t"],
    ["parentheses over lines", "www ( A ; (\n\n 192.0.2.1 ; )\n)\n"],
    ["parentheses around the owner", "(www\nA 192.0.2.1)"],
    ["parentheses in parentheses, without blanks", "www((A)((192.0.2.1)))"],
    ["a quoted owner", '"www" A 192.0.2.1'],
    ["NUL in a comment", "www A 192.0.2.1 ; \0"],
    ["blank lines of blanks", "   \n\t\nwww A 192.0.2.1\n \t "],
  ])("%s", (_, text) => {
    expect(records(text)).toEqual([www]);
  });

  test("a byte order mark", () => {
    const text = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(`${HEAD}www A 192.0.2.1`)]);
    expect(dumped(load(text))).toContain(www);
    expect(told(load(Buffer.from("\ufeff$FOO\n")))).toContain('zone:1:4: error: unknown directive "$FOO"');
  });

  test("quoted strings hold blanks, semicolons, parentheses and escapes, and may be empty", () => {
    expect(records('www TXT "a b;c(d)" "\\"\\\\\\065\\x" "" x\\"y\\ z')).toEqual([
      'www.example. 3600 IN TXT "a b;c(d)" "\\"\\\\Ax" "" "x\\"y z"',
    ]);
    expect(records('www TXT "a""b"c')).toEqual(['www.example. 3600 IN TXT "a" "b" "c"']);
  });

  test("NUL octets are part of names and texts", () => {
    expect(records("w\0 TXT a\0b")).toEqual(['w\\000.example. 3600 IN TXT "a\\000b"']);
  });

  test("types of RFC 3597, and known types in its form", () => {
    expect(records("www TYPE65280 \\# 3 0102 03")).toEqual(["www.example. 3600 IN TYPE65280 \\# 3 010203"]);
    expect(records("www TYPE65280 \\# 0")).toEqual(["www.example. 3600 IN TYPE65280 \\# 0"]);
    expect(records("www MX \\# ( 8 000a\n 046d61 696c 00 )")).toEqual(["www.example. 3600 IN MX 10 mail."]);
  });

  test.each([
    ["empty", "", "zone: error: no records in this file"],
    ["only comments", "; one\n;two", "zone: error: no records in this file"],
    ["only blanks", " \n\t\n", "zone: error: no records in this file"],
  ])("%s: no zone", (_, text, problem) => {
    const given = told(load(text));
    expect(given).toEqual([problem]);
    expect(told(load(text, { apex: undefined }))).toEqual(["zone: error: no SOA record: a zone begins with one"]);
  });

  test("a line of a million tokens, and a token of a million octets", () => {
    const many = "1234567890 ".repeat(100_000);
    expect(problems(`www A 192.0.2.1 ${many}`)).toEqual(['zone:1:17: error: unexpected "1234567890" after the RDATA']);
    const shown = `${"x".repeat(40)}...`;
    expect(problems(`www ${"x".repeat(1e6)}`)).toEqual([
      `zone:1:5: error: expected a TTL, class or type, got "${shown}"`,
    ]);
    expect(problems(`$${"x".repeat(1e6)}`)).toEqual([`zone:1:1: error: unknown directive "$${shown.slice(1)}"`]);
    expect(problems("x".repeat(1e6))).toEqual(["zone:1:1: error: the name is longer than 255 octets"]);
  });
});
