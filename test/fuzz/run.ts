/**
 * `npm run fuzz -- --target packet --times 10000000`: cases without end against what others can send us, guided by what
 * they reach in the code. Without a target, all of them, one after the other.
 *
 *   --target NAME   one target, or several with commas between them
 *   --times N       cases for each (100,000)
 *   --seconds N     and no longer than this for each
 *   --seed N        another one makes other cases (the time)
 *   --save          write the corpus in test/fuzz/corpus anew, made small
 *   --input FILE    run one case as it is, and tell what it throws
 *   --quick         look less long at whether anything is kept
 *   --ways          tell of each file of src how many of its ways were gone
 *   --json          the table as JSON
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Coverage } from "./engine/coverage.ts";
import { fuzz, type Result, type Wish } from "./engine/session.ts";
import { TARGETS } from "./targets/table.ts";

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    target: { type: "string", default: Object.keys(TARGETS).join(",") },
    times: { type: "string", default: "100000" },
    seconds: { type: "string", default: "Infinity" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    save: { type: "boolean", default: false },
    input: { type: "string" },
    ways: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const names = values.target.split(",");
for (const name of names) {
  if (!Object.hasOwn(TARGETS, name)) throw new Error(`no target ${name}: there is ${Object.keys(TARGETS).join(", ")}`);
}

if (values.input !== undefined) {
  const target = await (await TARGETS[names[0]]()).open();
  await target.check(Uint8Array.from(readFileSync(values.input)));
  await target.close?.();
  console.log("nothing was thrown");
} else {
  const wish: Wish = {
    times: Number(values.times),
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    corpus: join(here, "corpus"),
    found: join(here, "found"),
    crashes: join(here, "crashes"),
    turn: values.quick ? 0.1 : 2,
    save: values.save,
    progress: (line) => process.stderr.write(`${line}\n`),
  };
  const coverage = new Coverage();
  coverage.watch();
  const results: Result[] = [];
  for (const name of names) {
    results.push(await fuzz(name, TARGETS[name], coverage, wish));
    if (values.ways) console.table(coverage.perFile());
  }
  if (values.json) console.log(JSON.stringify(results));
  else {
    console.log(`seed ${wish.seed}, Node ${process.version}`);
    console.table(results.map(rowOf));
  }
  process.exitCode = results.some(({ crashes }) => crashes > 0) ? 1 : 0;
}

function rowOf({ target, cases, crashes, corpus, ways, reached, fresh, seconds, rss, grown }: Result) {
  const rate = Math.round(cases / Math.max(0.001, seconds));
  const memory = `${Math.round(rss / 1e6)} MB, ${grown > 0 ? "+" : ""}${Math.round(grown / 1000)} kB`;
  return { target, cases, crashes, corpus, ways: `${reached} of ${ways}`, "new ways": fresh, "cases/s": rate, memory };
}
