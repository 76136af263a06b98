/**
 * npm run soak -- [--minutes 10] [--rate QPS] [--reloads 100] [--pushes 100] [--svg FILE]
 *
 * Two servers, one with zone files and one with a store, are asked over UDP and TCP at half of what they can do, with reloads
 * and pushes all along. Tells what was lost and whether anything grows; exit code 1 when that is not nothing.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reportOf } from "./report.ts";
import { soak } from "./soak.ts";

/**
 * Images of 2.3 MB: a server lets 32 MB of old ones lie before it collects them (server/oldimages.ts), and is to have come to that
 * in the part of the time that is not judged.
 */
const HOSTS = 40_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string" },
    reloads: { type: "string", default: "100" },
    pushes: { type: "string", default: "100" },
    svg: { type: "string", default: "soak.svg" },
  },
});

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text}: expected a number above 0`);
  return value;
}

const result = await soak({
  seconds: positive("minutes", values.minutes) * 60,
  rate: values.rate === undefined ? undefined : positive("rate", values.rate),
  reloads: positive("reloads", values.reloads),
  pushes: positive("pushes", values.pushes),
  hosts: HOSTS,
  tell: (text) => process.stderr.write(`${text}\n`),
});
const { text, svg, faults } = reportOf(result);
writeFileSync(values.svg, svg);
process.stdout.write(`${text}plotted in ${values.svg}\n`);
process.exit(faults.length === 0 ? 0 : 1);
