/**
 * The worst that a forged query can make of us, for the zones of a directory:
 *
 *   npm run amplification [-- [--payload N] [--unverified N] [--pop NAME] [DIRECTORY…]]
 *
 * Without a directory, zones/; besides, one with a large and a signed zone as they are found in the wild.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdown } from "../bench/table.ts";
import { hostile } from "./hostile.ts";
import { bound, type Finding, type Found, type Serving, search } from "./search.ts";
import { loadAll } from "./zones.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    payload: { type: "string", default: "1232" },
    unverified: { type: "string" },
    pop: { type: "string", default: "lhr1" },
  },
});

const directories = positionals.length > 0 ? positionals : [join(ROOT, "zones")];
const payload = Number(values.payload);
const serving = (unverified: number | undefined): Serving => ({ payload, unverified, identity: values.pop });

function rowsOf(title: string, found: Found): string[][] {
  const row = (what: string, { name, type, how, query, reply, factor }: Finding) => [
    title,
    what,
    `${name} ${type}`,
    how,
    String(query),
    String(reply),
    factor.toFixed(1),
  ];
  return [row("DNS", found.dns), row("IP", found.ip)];
}

const rows: string[][] = [["zones", "octets of", "worst question", "asked how", "query", "reply", "factor"]];
const texts = directories.map((directory) => ({
  title: directory.replace(`${ROOT}/`, ""),
  files: readdirSync(directory)
    .filter((name) => name.endsWith(".zone"))
    .map((name) => [name.replace(/\.zone$/, "."), readFileSync(join(directory, name), "utf8")] as const),
}));
let asked = 0;
for (const { title, files } of [...texts, { title: "hostile", files: hostile() }]) {
  for (const unverified of values.unverified === undefined ? [undefined, 512] : [Number(values.unverified)]) {
    const { zones, wires, refused } = loadAll(files);
    for (const why of refused) process.stderr.write(`${title}: ${why}\n`);
    const found = search(zones, wires, serving(unverified));
    asked += found.asked;
    const shown = `${title}, ${unverified === undefined ? `payload ${payload}` : `unverified ${unverified}`}`;
    rows.push(...rowsOf(shown, found));
  }
}
process.stdout.write(`${asked} questions were asked.\n\n${markdown(rows)}\n`);
for (const unverified of [undefined, 512]) {
  const least = [1, 3, 13].map((octets) => `${bound(serving(unverified), octets).toFixed(1)} (${octets} octets)`);
  const shown = unverified === undefined ? `payload ${payload}` : `unverified ${unverified}`;
  process.stdout.write(`${shown}: no zone whatever can make more than this of a name: ${least.join(", ")}\n`);
}
