/** Every error of a file is told at once, each with its line and column, whatever is around it. */

import { describe, expect, test } from "vitest";
import { Problems } from "../../src/zone/problem.ts";
import { HEAD, load, problems, sourceOf, told } from "./loading.ts";

const bad = 'error: expected an IPv4 address, got "1.2.3"';

test("all errors, in the order of the text, columns counted in octets from 1", () => {
  const lines = 'a A 1.2.3\n\tb TXT "x\nc A 192.0.2.1\n d e f\n$NOPE\n\u00fc\u00fc A 1.2.3\n';
  expect(problems(lines)).toEqual([
    `zone:1:5: ${bad}`,
    'zone:2:2: error: expected a TTL, class or type, got "b"',
    'zone:4:2: error: expected a TTL, class or type, got "d"',
    'zone:5:1: error: unknown directive "$NOPE"',
    `zone:6:6: ${bad}`,
  ]);
});

describe("an owner that can't be read is nobody's", () => {
  const unreadable = "a.longer.name..example. A 192.0.2.2\n";
  const soa = "\tSOA a b 1 2 3 4 5\n";

  // Found by fuzzing: the SOA had the length of "x." and octets of the other name, which had no end.
  test("the SOA below it says no zone's name, and is passed over", () => {
    const loaded = load(`$TTL 60\nx A 192.0.2.1\n${unreadable}${soa}`, { apex: undefined });
    expect([loaded.apex, told(loaded)]).toEqual([undefined, ["zone:3:1: error: the name has an empty label"]]);
  });

  test("nor is it that of the file it includes, or of the one that it is included in", () => {
    const files = { inner: `\tA 192.0.2.3\n${unreadable}\tA 192.0.2.4\n` };
    const loaded = load(`${HEAD}x A 192.0.2.1\n${unreadable}$INCLUDE inner\n\tA 192.0.2.5\n\tA 1.2.3\n`, { files });
    expect(told(loaded)).toEqual([
      "inner:1:2: error: the first record has no owner name",
      "inner:2:1: error: the name has an empty label",
      "zone:5:1: error: the name has an empty label",
    ]);
  });
});

describe("after an error the next entry is read on its own", () => {
  test.each([
    [
      "in parentheses: the whole entry is left out",
      "a A ( 1.2.3\n b A 192.0.2.1\n )\nc A 1.2.3",
      [`1:7: ${bad}`, `4:5: ${bad}`],
    ],
    ["in nested parentheses", "a ( ( A\n 1.2.3 ) \n x )\nc A 1.2.3", [`2:2: ${bad}`, `4:5: ${bad}`]],
    ["an open quote", 'a TXT "x\nc A 1.2.3', ["1:7: error: the quote is not closed on this line", `2:5: ${bad}`]],
    [
      "an open quote in parentheses: they go on",
      'a TXT ( "x\n "y" )\nc A 1.2.3',
      ["1:9: error: the quote is not closed on this line", `3:5: ${bad}`],
    ],
    [
      "a stray parenthesis",
      "a A ) 192.0.2.1\nc A 1.2.3",
      ['1:5: error: unexpected ")": no parenthesis is open', `2:5: ${bad}`],
    ],
    [
      "an open parenthesis takes the rest of the file with it",
      "a A (\n 192.0.2.1\nc A 1.2.3",
      ['1:5: error: "(" is never closed', '3:1: error: unexpected "c" after the RDATA'],
    ],
    [
      "a backslash at the end of a line",
      "a TXT x\\\nc A 1.2.3",
      ['1:8: error: a "\\" with nothing after it', `2:5: ${bad}`],
    ],
    ["a directive", "$ORIGIN ( a\n b )\nc A 1.2.3", ['2:2: error: unexpected "b" after $ORIGIN', `3:5: ${bad}`]],
  ])("%s", (_, lines, expected) => {
    expect(problems(lines)).toEqual(expected.map((one) => `zone:${one}`));
  });

  test("an open quote or escape at the very end of the file", () => {
    expect(problems('a TXT "x')).toEqual(["zone:1:7: error: the quote is not closed on this line"]);
    expect(problems("a TXT x\\")).toEqual(['zone:1:8: error: a "\\" with nothing after it']);
    expect(problems('a TXT "x\\')).toEqual(["zone:1:7: error: the quote is not closed on this line"]);
    expect(problems("a A (")).toEqual(['zone:1:5: error: "(" is never closed']);
  });
});

test("the first hundred errors and warnings are told one by one, the others counted", () => {
  const lines = "a A 1.2.3\n".repeat(250) + "b A 192.0.2.1\n".repeat(151);
  const given = told(load(HEAD + lines));
  expect(given).toHaveLength(202);
  expect(given.slice(-2)).toEqual(["zone: error: and 150 more errors", "zone: warning: and 50 more warnings"]);
  expect(load(HEAD + lines).errors).toBe(250);
});

test("errors are told even behind many warnings", () => {
  const lines = `${"b A 192.0.2.1\n".repeat(151)}a A 1.2.3\n`;
  expect(problems(lines)).toContain(`zone:152:5: ${bad}`);
});

test("a file with an error on each of a million lines takes seconds, not hours, and is not read to its end", () => {
  const text = "a A 1.2.3\n".repeat(1_000_000);
  const started = performance.now();
  expect(load(text).errors).toBe(100_001);
  expect(performance.now() - started).toBeLessThan(4000);
});

test("control characters of the file do not reach the terminal", () => {
  expect(problems("a \u001b[31m\u0007\u009b x")).toEqual([
    'zone:1:3: error: expected a TTL, class or type, got "\\027[31m\\007\\155"',
  ]);
});

test("places of several files, and of files as a whole", () => {
  const found = new Problems();
  const one = sourceOf("one", "x\ny\nz");
  found.add("error", one, 4, "at z");
  found.add("warning", sourceOf("two", "x\n\n"), 3, "at the end");
  found.add("error", one, 2, "at y");
  found.addFile("warning", "one", "as a whole");
  found.add("error", one, 2, "at y");
  found.add("error", one, 2, "and again");
  expect(found.sorted().map(({ file, line, column, message }) => `${file} ${line}:${column} ${message}`)).toEqual([
    "one 0:0 as a whole",
    "one 2:1 at y",
    "one 2:1 at y",
    "one 2:1 and again",
    "one 3:1 at z",
    "two 3:1 at the end",
  ]);
});
