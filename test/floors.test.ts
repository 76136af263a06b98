/** The house has floors (src/README.md): each folder imports only from floors below it, and its files keep its habits. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** Folders from the ground up; those on one floor never import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["wire"],
  ["text"],
  ["zone"],
  ["answer"],
  ["transport", "config", "sync", "anycast", "tap"],
  ["dashboard"],
  ["server"],
  ["cli"],
  ["main.ts"],
];
/** Floors that are pure: bytes and values, no sockets, files, clocks or logs. */
const PURE = ["wire", "text", "zone", "answer"];
/** What they may take from the system: isIP is a function of a text, node:crypto's hashes of octets. */
const PURE_IMPORTS = ["node:buffer", "node:net", "node:crypto"];
const VAGUE = ["util", "utils", "helper", "helpers", "common", "types", "misc"];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourceFiles(): SourceFile[] {
  const names = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(join(SRC, path), "utf8");
      return { path, text, imports: importsOf(text) };
    });
}

/** What a file imports, statically, dynamically or as a type; and the threads it starts. */
function importsOf(text: string): string[] {
  const from = text.matchAll(/^\s*(?:import|export)\b[^;]*?\bfrom\s+"(?<path>[^"]+)"/gms);
  const plain = text.matchAll(/\bimport\s*\(?\s*"(?<path>[^"]+)"/g);
  const threads = text.matchAll(/new URL\("(?<path>[^"]+\.ts)",\s*import\.meta\.url\)/g);
  return [...from, ...plain, ...threads].map((match) => match.groups?.path ?? "");
}

/** The folder of src that a path is in; a file of src itself is its own. */
function folderOf(path: string): string {
  return path.split("/")[0];
}

function floorOf(path: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folderOf(path)));
}

const files = sourceFiles();
const listed = files.map(({ path }) => path);

test("the search finds the source files and their imports", () => {
  expect(listed).toContain("main.ts");
  expect(listed.length).toBeGreaterThan(50);
  const main = files.find(({ path }) => path === "main.ts");
  expect(main?.imports).toContain("./cli/serve.ts");
  expect(importsOf('import {\n  a,\n  type B,\n} from "./c.ts";\nexport * from "./d.ts"')).toEqual([
    "./c.ts",
    "./d.ts",
  ]);
  expect(importsOf('const x = await import("./e.ts")')).toEqual(["./e.ts"]);
});

test("every file is on a floor", () => {
  expect(listed.filter((path) => floorOf(path) < 0)).toEqual([]);
});

test("each folder imports only from floors below it, or itself", () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((to) => to.startsWith("."))
      .map((to) => relative(SRC, resolve(SRC, dirname(path), to)))
      .filter((to) => to.endsWith(".ts") && folderOf(to) !== folderOf(path) && floorOf(to) >= floorOf(path))
      .map((to) => `${path} imports ${to}`),
  );
  expect(wrong).toEqual([]);
});

test("the floors below the edges take nothing from the system but pure functions", () => {
  const wrong = files
    .filter(({ path }) => PURE.includes(folderOf(path)))
    .flatMap(({ path, imports }) => imports.filter((to) => !to.startsWith(".")).map((to) => ({ path, to })))
    .filter(({ to }) => !PURE_IMPORTS.includes(to));
  expect(wrong).toEqual([]);
});

test("only main.ts and cli read the command line", () => {
  const wrong = files.filter(({ path, text }) => !/^(?:main\.ts|cli\/)/.test(path) && /process\.argv/.test(text));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

describe("habits", () => {
  test("each file begins with what it is for", () => {
    expect(files.filter(({ text }) => !text.startsWith("/**")).map(({ path }) => path)).toEqual([]);
  });

  test("no file has a name that says nothing", () => {
    expect(listed.filter((path) => VAGUE.includes(basename(path, ".ts").toLowerCase()))).toEqual([]);
  });

  test("no default exports, no enums", () => {
    const wrong = files.filter(({ text }) =>
      /^export default\b|^(?:export )?(?:declare )?(?:const )?enum\b/m.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("imports of our own files name them whole", () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports.filter((to) => to.startsWith(".") && !/\.(?:ts|json)$/.test(to)).map((to) => `${path}: ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test("files stay small", () => {
    const long = files.filter(({ text }) => text.split("\n").length > 301);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
