/** $GENERATE as BIND has it, and compared with BIND where it is installed. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: "${…}" is what $GENERATE calls a modifier.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { available } from "../interop/peers.ts";
import { HEAD, load, problems, records } from "./loading.ts";

/** What one $GENERATE makes: owners without ".example.", and RDATA. */
function made(line: string): string[] {
  return records(line).map((record) => record.replace(".example. 3600 IN", ""));
}

describe("ranges", () => {
  test.each([
    ["1-3", ["h1 A 192.0.2.1", "h2 A 192.0.2.2", "h3 A 192.0.2.3"]],
    ["0-10/5", ["h0 A 192.0.2.0", "h5 A 192.0.2.5", "h10 A 192.0.2.10"]],
    ["7-7", ["h7 A 192.0.2.7"]],
    ["0-4/5", ["h0 A 192.0.2.0"]],
    ["001-2", ["h1 A 192.0.2.1", "h2 A 192.0.2.2"]],
  ])("%s", (range, expected) => {
    expect(made(`$GENERATE ${range} h$ A 192.0.2.$`)).toEqual(expected);
  });

  test.each([
    ["", "missing a range"],
    ["7", 'expected a range such as 1-254 or 0-100/10, got "7"'],
    ["1-x", 'expected a range such as 1-254 or 0-100/10, got "1-x"'],
    ["-1-5", 'expected a range such as 1-254 or 0-100/10, got "-1-5"'],
    ["5-1", "the range 5-1 runs backwards"],
    ["1-5/0", "the step of a range can't be 0"],
    ["0-1048576", "the range 0-1048576 makes more than 1048576 records"],
  ])("%j is none", (range, message) => {
    expect(problems(`$GENERATE ${range}`)).toEqual([`zone:1:11: error: ${message}`]);
  });
});

describe("the counter", () => {
  test.each([
    ["$.x$", "7.x7"],
    ["a\\$b", "a\\$b"],
    ["a$$b", "a\\$b"],
    ["a\\\\$", "a\\\\7"],
    ["\\097$", "a7"],
    ["${0}", "7"],
    ["${3}", "10"],
    ["${-7}", "0"],
    ["${+1}", "8"],
    ["x${0,3}", "x007"],
    ["${0,3,d}", "007"],
    ["${1,0,o}", "10"],
    ["${1,4,o}", "0010"],
    ["${164,4,x}", "00ab"],
    ["${164,4,X}", "00ab"],
    ["${164,0,n}", "b.a"],
    ["${164,1,N}", "b.a"],
    ["${164,7,n}", "b.a.0.0"],
    ["${164,8,n}x", "b.a.0.0.x"],
  ])("%s for 7 is %s", (owner, expected) => {
    expect(made(`$GENERATE 7-7 ${owner} A 192.0.2.1`)).toEqual([`${expected} A 192.0.2.1`]);
  });

  test("capitals are kept in RDATA", () => {
    expect(made("$GENERATE 171-171 a CNAME ${0,4,X}.${0,4,N}")).toEqual(["a CNAME 00AB.B.A."]);
  });

  test.each([
    ["${", '"${" is never closed'],
    ["${}", 'expected ${offset,width,base}, got "${}"'],
    ["${x}", 'expected ${offset,width,base}, got "${x}"'],
    ["${0,3,q}", 'expected ${offset,width,base}, got "${0,3,q}"'],
    ["${-8}", "${-8} makes -1, below 0"],
  ])("%s is wrong", (owner, message) => {
    expect(problems(`$GENERATE 7-7 ${owner} A 192.0.2.1`)).toEqual([`zone:1:1: error: $GENERATE: ${message}`]);
  });
});

describe("records", () => {
  test("TTL and class in either order", () => {
    for (const head of ["60", "60 IN", "IN 60", "1m in"]) {
      expect(records(`$GENERATE 1-1 h$ ${head} A 192.0.2.$`)).toEqual(["h1.example. 60 IN A 192.0.2.1"]);
    }
  });

  test("RDATA of several tokens: in quotes as a whole, as BIND has it, or plain", () => {
    expect(made('$GENERATE 1-1 h$ MX "1$ mail$"')).toEqual(["h1 MX 11 mail1.example."]);
    expect(made("$GENERATE 1-1 h$ MX 1$ mail$")).toEqual(["h1 MX 11 mail1.example."]);
    expect(made('$GENERATE 1-1 h$ TXT "a $"')).toEqual(['h1 TXT "a" "1"']);
    expect(made('$GENERATE 1-1 h$ TXT "\\"a $\\""')).toEqual(['h1 TXT "a 1"']);
    expect(made('$GENERATE 1-1 h$ TXT "a $" "b $"')).toEqual(['h1 TXT "a 1" "b 1"']);
    expect(made('$GENERATE 1-1 h$ TYPE65280 "\\# 1 0$"')).toEqual(["h1 TYPE65280 \\# 1 01"]);
  });

  test("any type, parentheses and comments; the owner is the next line's, too", () => {
    expect(made("$GENERATE 1-2 h$ ( CNAME\n $.net. ) ; comment")).toEqual(["h1 CNAME 1.net.", "h2 CNAME 2.net."]);
    expect(made("$GENERATE 1-2 h$ A 192.0.2.$\n A 192.0.2.9")).toEqual([
      "h1 A 192.0.2.1",
      "h2 A 192.0.2.2",
      "h2 A 192.0.2.9",
    ]);
  });

  test("the first record with an error ends it; what all have wrong is told once", () => {
    expect(problems("\n$GENERATE 254-300 h$ A 192.0.2.$\nx A 1.2.3")).toEqual([
      'zone:2:1: error: $GENERATE: expected an IPv4 address, got "192.0.2.256"',
      'zone:3:5: error: expected an IPv4 address, got "1.2.3"',
    ]);
    expect(problems(" $GENERATE 1-2 h$ A 192.0.2.$")).toEqual([
      'zone:1:2: error: expected a TTL, class or type, got "$GENERATE"',
    ]);
    expect(problems("$GENERATE 1-9 h$ 3000000000 A 192.0.2.$")).toEqual([
      "zone:1:1: warning: a TTL over 2147483647 counts as 0 (RFC 2181 §8)",
    ]);
    expect(problems("$GENERATE 1-9 h$.example.net. A 192.0.2.$")).toEqual([
      "zone:1:1: warning: out of zone, ignored: the owner is not at or below example.",
    ]);
    expect(problems("$GENERATE 1-9 h$\n$GENERATE 1-9")).toEqual([
      "zone:1:1: error: $GENERATE: missing a type",
      "zone:2:14: error: missing an owner",
    ]);
  });

  test("no more than four million records in one zone", () => {
    const lines = "$GENERATE 0-1048575 h.example.net. A 192.0.2.1\n".repeat(5);
    expect(problems(lines)).toContain("zone:5:11: error: $GENERATE makes more than 4194304 records in this zone");
  }, 60_000);
});

describe.skipIf(!available("named-compilezone"))("named-compilezone", () => {
  const dir = mkdtempSync(join(tmpdir(), "generate-"));
  afterAll(() => rmSync(dir, { recursive: true }));

  function theirs(text: string): string | undefined {
    const file = join(dir, "zone");
    // BIND takes a directive without a newline after it for an error.
    writeFileSync(file, `${text}\n`);
    const args = ["-q", "-k", "ignore", "-i", "none", "-o", "-", "example.", file];
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    const { status, stdout } = spawnSync("named-compilezone", args, { encoding: "latin1", env });
    return status === 0 ? stdout : undefined;
  }

  function agree(lines: string): void {
    const [ours, other] = [load(HEAD + lines), theirs(HEAD + lines)];
    expect(ours.errors === 0, lines).toBe(other !== undefined);
    if (other === undefined) return;
    expect(records(lines).toSorted(), lines).toEqual(records(`\n$ORIGIN .\n${other}`).toSorted());
  }

  test("every offset, width and base", () => {
    const lines: string[] = [];
    for (const base of ["", "d", "o", "x", "X", "n", "N"]) {
      for (let width = 0; width < 10; width++) {
        for (const offset of ["0", "+3", "100", "65536"]) {
          const modifier = `\${${offset},${width}${base === "" ? "" : `,${base}`}}`;
          // The "x" keeps a dot at the end of the digits from making the name absolute.
          lines.push(`$GENERATE 1-300/97 ${modifier}x.${lines.length} CNAME ${modifier}x`);
        }
      }
    }
    agree(lines.join("\n"));
  });

  test.each([
    "$GENERATE 1-10/3 h$ 60 IN A 192.0.2.$",
    "$GENERATE 1-2 h$ IN 60 A 192.0.2.$",
    "$GENERATE 1-2 \\$a$$b$ CNAME $$.\\$.$",
    '$GENERATE 1-2 h$ MX "1$ mail$"',
    '$GENERATE 1-2 h$ TXT "a $ b"',
    '$GENERATE 1-2 h$ TXT "\\"a $ b\\" c"',
    "$GENERATE 1-2 @ A 192.0.2.$",
    "$GENERATE 1-2 *.$ A 192.0.2.$",
    "$GENERATE 18-18 a${0,4,n} A 192.0.2.1",
    "$GENERATE 18-18 a${0,4,n}.x A 192.0.2.1",
    "$GENERATE 2-1 h$ A 192.0.2.$",
    "$GENERATE 1-2/0 h$ A 192.0.2.$",
    "$GENERATE 255-256 h$ A 192.0.2.$",
    "$GENERATE 1-2 h${0 A 192.0.2.$",
    "$GENERATE 1-2 h${0,1,q} A 192.0.2.$",
    "$GENERATE 1-2 h$ CH A 192.0.2.$",
    "$GENERATE 1-2 h$",
  ])("%s", agree);
});
