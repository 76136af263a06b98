/** What the documents point at is there: files, folders and npm scripts, so that no promise outlives what holds it. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe.each(["README.md", "src/README.md", "deploy/README.md", "deploy/LOGS.md"])("%s", (name) => {
  const text = readFileSync(join(ROOT, name), "utf8");
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match.groups?.what ?? "");

  test("its links lead somewhere", () => {
    const links = found(/\]\((?<what>[^)#:]+)\)/g);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(name), link)))).toEqual([]);
  });

  test("the tests that it names are there", () => {
    const tests = found(/`(?<what>test\/[\w./-]+)`/g);
    expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("its npm scripts are there", () => {
    const run = found(/npm run (?:-s )?(?<what>[\w:]+)/g);
    expect(run.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});
