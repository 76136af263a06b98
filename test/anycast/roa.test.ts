/** What is to be registered for prefixes, and the verb that prints it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registration } from "../../src/anycast/roa.ts";
import { run } from "../server/program.ts";
import { prefixOf } from "./announcer/wanted.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zonecast-roa-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configured(yaml: string): string {
  const file = join(folder, "pop.yaml");
  writeFileSync(file, yaml);
  return file;
}

const YAML = `listen: [127.0.0.1@5300, 198.51.100.53@53, 2001:db8:53::53@53]
anycast:
  as: 64500
  by: bird
  prefixes: [ { prefix: 198.51.100.0/24 }, { prefix: 2001:db8:53::/48 } ]
  covering: [ 198.51.100.0/23, 2001:db8:52::/47 ]
`;

describe("registration", () => {
  const found = registration(
    64500,
    ["198.51.100.0/24", "2001:db8:53::/48"].map(prefixOf),
    ["198.51.100.0/23", "198.51.100.0/24"].map(prefixOf),
  );

  test("maxLength is the prefix's own length, and each prefix is there once", () => {
    expect(found.roas).toEqual([
      { prefix: "198.51.100.0/24", maxLength: 24, asn: 64500 },
      { prefix: "2001:db8:53::/48", maxLength: 48, asn: 64500 },
      { prefix: "198.51.100.0/23", maxLength: 23, asn: 64500 },
    ]);
  });

  test("route for IPv4, route6 for IPv6, with the origin", () => {
    const heads = found.objects.map(([first]) => first);
    expect(heads).toEqual([
      ["route", "198.51.100.0/24"],
      ["route6", "2001:db8:53::/48"],
      ["route", "198.51.100.0/23"],
      ["as-set", "AS64500:AS-ANYCAST"],
    ]);
    expect(
      found.objects
        .slice(0, 3)
        .every((object) => object.some(([name, value]) => name === "origin" && value === "AS64500")),
    ).toBe(true);
  });
});

describe("zonecast roa", () => {
  test("for people: ROAs, objects that can be pasted, and why there is no longer maxLength", async () => {
    const { stdout, stderr, code } = await run(["roa", "--config", configured(YAML)]);
    expect([stderr, code]).toEqual(["", 0]);
    await expect(stdout).toMatchFileSnapshot("roa.txt");
    // RFC 2622 §2: an attribute, a colon, a value; objects are parted by blank lines; comments begin with "%".
    const wrong = stdout
      .split("\n")
      .filter((line) => !/^(?:|%.*|[\w-]+: +\S.*|\S+\/\d+ +maxLength \d+ +AS\d+)$/.test(line));
    expect(wrong).toEqual([]);
  });

  test("--json: the same for programs", async () => {
    const { stdout, code } = await run(["roa", "--config", configured(YAML), "--json"]);
    expect(code).toBe(0);
    const { as, roas, objects } = JSON.parse(stdout) as ReturnType<typeof registration>;
    expect([as, roas.length, objects.length]).toEqual([64500, 4, 5]);
  });

  test("nothing to announce, no file, no flag: each says what to do", async () => {
    const nothing = await run(["roa", "--config", configured("listen: [127.0.0.1@5300]\n")]);
    expect([nothing.code, nothing.stdout]).toEqual([2, ""]);
    expect(nothing.stderr).toContain("anycast announces nothing: name as and prefixes there");
    const missing = await run(["roa", "--config", join(folder, "none.yaml")]);
    expect([missing.code, missing.stdout]).toEqual([2, ""]);
    expect(missing.stderr).toContain("can't read: no such file");
    const unnamed = await run(["roa"]);
    expect([unnamed.code, unnamed.stderr]).toEqual([
      2,
      "zonecast: name the configuration with --config FILE; see --help\n",
    ]);
  });
});
