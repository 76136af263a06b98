/** Runs the benches named on the command line, or the big table. */

import type { Bench } from "./bench.ts";
import { benchCheckLoad } from "./checkload.ts";
import { contenders } from "./contenders.ts";
import { compileGenerator } from "./generator.ts";
import { benchHeap } from "./heap.ts";
import { benchLimits } from "./limits.ts";
import { benchLoad } from "./loading.ts";
import { benchMemory } from "./memory.ts";
import { type Options, optionsFrom, UsageError } from "./options.ts";
import { benchOverload } from "./overload.ts";
import { benchReload } from "./reload.ts";
import { NotServing } from "./server.ts";
import { benchSync } from "./sync.ts";
import { benchThroughput } from "./throughput.ts";
import { workloads } from "./workloads.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

const benches: Readonly<Record<string, Bench>> = {
  throughput: { about: "the big table, which comes without a name as well", bench: benchThroughput, loads: true },
  load: { about: "seconds to the first answer and after a restart, memory, beside NSD", bench: benchLoad },
  memory: { about: "memory with 1, 2 and 3 workers over 1M names", bench: benchMemory },
  reload: { about: "latency and loss while 1M names are reloaded", bench: benchReload, loads: true },
  overload: { about: "honest queries among more than are answered, beside NSD and Knot", bench: benchOverload },
  sync: {
    about: "pushes to a fleet, first sync, a million names; --rows push, first, million, sqlite",
    bench: benchSync,
  },
  limits: { about: "what response rate limiting costs a query of honest clients", bench: benchLimits, loads: true },
  heap: { about: "memory and garbage collection over ten million queries", bench: benchHeap, loads: true },
  "check-load": { about: "the load generator beside dnsperf", bench: benchCheckLoad, loads: true },
};

function help(): string {
  const list = (items: readonly (readonly [string, string])[]) =>
    items.map(([key, title]) => `  ${key.padEnd(18)}${title}\n`).join("");
  return [
    "npm run bench -- [BENCH ...] [options]\n\nBenches:\n",
    list(Object.entries(benches).map(([name, { about }]) => [name, about])),
    "\nOptions:\n",
    list([
      ["--quick", "ours, NSD and the C echo on hits and NXDOMAIN, in 50 seconds"],
      ["--json FILE", "the table's rows as data"],
      ["--only KEY,...", "contenders"],
      ["--rows KEY,...", "workloads"],
      ["--rounds N", "of the table (3)"],
      ["--seconds S", "at full load, for each row and round (2)"],
    ]),
    "\nContenders:\n",
    list(contenders("").map(({ key, title }) => [key, title])),
    "\nWorkloads:\n",
    list(workloads.map(({ key, title, zones, transport }) => [key, `${title} (${zones}, ${transport})`])),
  ].join("");
}

async function runBenches(place: Workplace, options: Options): Promise<void> {
  const generator = await compileGenerator(place);
  const names = options.benches.length > 0 ? options.benches : ["throughput"];
  for (const name of names) {
    if (benches[name].loads && !generator) process.stdout.write(`${name}: skipped, needs cc and taskset\n`);
    else await benches[name].bench({ place, generator, options });
  }
}

/** The first signal to stop; those that follow it (npm passes on what the terminal has sent already) change nothing. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
  });
}

async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2), Object.keys(benches));
  if (!options) {
    process.stdout.write(help());
    return;
  }
  const place = openWorkplace();
  try {
    const signal = await Promise.race([runBenches(place, options), signalled()]);
    if (signal === undefined) return;
    process.stderr.write(`bench: ${signal}: stopping what runs\n`);
    process.exitCode = 130;
  } finally {
    await place.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof NotServing)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// What was going on when a signal came is not waited for.
process.exit();
