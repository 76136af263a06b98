/** What we build on: few packages, each pinned by its content, used, free to use, and kept from running anything when installed. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
const { dependencies, optionalDependencies, devDependencies, allowScripts } = read("package.json");
const lock: readonly [string, Locked][] = Object.entries<Locked>(read("package-lock.json").packages)
  .filter(([path]) => path !== "")
  .map(([path, locked]) => [path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length), locked]);
/** What is there when the program runs. */
const run = lock.filter(([, { dev }]) => dev !== true);

/** Licences that ask for no more than to be named. */
const FREE = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Unlicense"];

/** Packages that are no import: what runs the program. */
const NO_IMPORT = ["node"];

/** The names of packages that the files of a folder import, with or without a path inside them. */
function imported(folder: string): Set<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.[jt]s$/.test(name),
  );
  const names = files.flatMap((name) => {
    const text = readFileSync(join(ROOT, folder, name), "utf8");
    return [
      ...text.matchAll(
        /(?:^(?:import|export|\}).* from |^import |import\(|import\.meta\.resolve\()"(?<name>[^."/][^"]*)"/gm,
      ),
    ].map((match) => match.groups?.name ?? "");
  });
  return new Set(
    names.filter((name) => !name.startsWith("node:")).map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name),
  );
}

test("every package is pinned to its content, and comes from a registry", () => {
  expect(lock.length).toBeGreaterThan(20);
  for (const [name, { version, integrity, resolved = "https:", link }] of lock) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect([name, integrity]).toEqual([name, expect.stringMatching(/^sha512-[\w+/]{86}==$/)]);
    expect([name, resolved.startsWith("https:"), link]).toEqual([name, true, undefined]);
  }
});

test("what a package would run when it is installed is allowed or denied by name", () => {
  const scripted = lock.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name);
  expect(scripted.toSorted()).toEqual(Object.keys(allowScripts).toSorted());
});

test("what the program uses is declared, and what is declared is used", () => {
  const declared = Object.keys({ ...dependencies, ...optionalDependencies });
  const used = imported("src");
  // Of some there is nothing but types.
  const typed = (name: string) => Object.hasOwn(devDependencies, `@types/${name}`);
  expect([...used].filter((name) => !declared.includes(name) && !typed(name))).toEqual([]);
  expect(declared.filter((name) => !used.has(name) && !NO_IMPORT.includes(name))).toEqual([]);
  const all = [...declared, ...Object.keys(devDependencies)];
  expect([...imported("test")].filter((name) => !all.includes(name))).toEqual([]);
});

test("the packages of the running program are few, and free to use", () => {
  expect(run.length).toBeLessThan(60);
  for (const [name, { license = "none told" }] of run) {
    expect([name, license.split(" OR ").some((one) => FREE.includes(one))]).toEqual([name, true]);
  }
});
