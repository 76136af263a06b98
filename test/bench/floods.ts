/**
 * npm run floods: what the honest get of a name server while it is attacked with ten times what it can answer, beside
 * NSD and Knot with their own rate limits. It needs root, two cores, a C compiler, iproute2 and nft.
 */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type Attack, attacks } from "./floodattacks.ts";
import { openRange, type Range } from "./floodrange.ts";
import { type Defender, defenders } from "./floodservers.ts";
import { floodTables, type Row } from "./floodtable.ts";
import { chosen, type Options, optionsFrom, UsageError } from "./options.ts";
import { NotServing } from "./server.ts";
import { median } from "./table.ts";
import { notInstalled, openWorkplace, type Workplace } from "./workplace.ts";

const INSIDE = "inside";
const NEEDED = ["cc", "taskset", "unshare", "nsenter", "ip", "nft", "sysctl", "dnssec-signzone"];
/** Seconds of each attack, unless the command line says so. */
const SECONDS = 5;
/** Every server is attacked with so many times of what it answers; and that is measured so often. */
const TIMES = 10;
const MEASURED = 3;

const HELP = `npm run floods -- [options]

  --only KEY,...   servers: ${defenders.map(({ key }) => key).join(", ")}
  --rows KEY,...   attacks: ${attacks.map(({ key }) => key).join(", ")}
  --rounds N       each server under each attack (3)
  --seconds S      of each attack (${SECONDS})
  --json FILE      all figures as data
`;

async function compare(place: Workplace, options: Options): Promise<void> {
  const range = await openRange(place, options.seconds);
  const present = chosen(defenders, options.only).filter((one) => {
    const why = one.missing();
    if (why !== undefined) process.stdout.write(`${one.title}: left out, ${why}\n`);
    return why === undefined;
  });
  const rows: Row[] = [];
  for (const attack of chosen(attacks, options.rows)) {
    const able = await capacities(range, present, attack);
    rows.push({
      attack,
      servers: present.map((defender) => ({ defender, able: able.get(defender.bare) ?? 0, rounds: [] })),
    });
  }
  for (let round = 0; round < options.rounds; round++)
    for (const { attack, servers } of rows)
      for (const { defender, able, rounds } of servers)
        rounds.push(await range.attacked(defender, attack, able * TIMES));
  floodTables(rows);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** What each server answers of an attack without any limits, a second: the middle of three. */
async function capacities(
  range: Range,
  present: readonly Defender[],
  attack: Attack,
): Promise<ReadonlyMap<string, number>> {
  const able = new Map<string, number[]>();
  for (let round = 0; round < MEASURED; round++) {
    for (const key of new Set(present.map(({ bare }) => bare))) {
      const defender = defenders.find((one) => one.key === key);
      const flooded = defender && (await range.attacked(defender, attack));
      if (flooded) able.set(key, [...(able.get(key) ?? []), flooded.replied.packets / flooded.seconds]);
    }
  }
  return new Map([...able].map(([key, all]) => [key, median(all)]));
}

/** Runs this file once more in namespaces of its own, which end with it, however it ends. */
function goInside(args: readonly string[]): Promise<number> {
  const apart = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const child = spawn("unshare", [...apart, process.execPath, import.meta.filename, INSIDE, ...args], {
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function main([first, ...rest]: readonly string[]): Promise<number> {
  const inside = first === INSIDE;
  const args = inside ? rest : process.argv.slice(2);
  const seconds = args.includes("--seconds") ? [] : ["--seconds", String(SECONDS)];
  const options = optionsFrom([...args, ...seconds], []);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const lacking = notInstalled(NEEDED);
  if (lacking.length > 0) throw new UsageError(`${lacking.join(", ")} not installed`);
  if (process.getuid?.() !== 0) throw new UsageError("root is needed: namespaces and forged addresses");
  if (!inside) return goInside(args);
  const place = openWorkplace();
  try {
    await compare(place, options);
  } finally {
    await place.close();
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof NotServing)) throw error;
  process.stderr.write(`floods: ${error.message}\n`);
  process.exitCode = 1;
}
