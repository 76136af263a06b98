/**
 * npm run floods: what the honest get of a name server while it is attacked with about ten times what it can answer,
 * beside NSD and Knot with their own rate limits. It needs root, two cores, a C compiler, iproute2 and nft.
 */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Attack, attacks, FIRST_HONEST_NAME, HONEST_NAMES, writeFloodZone } from "./floodattacks.ts";
import { openWorld, type Replied, SERVER_ADDRESS, type World } from "./floodnet.ts";
import { type Defender, defenders, PORT } from "./floodservers.ts";
import { type Flooded, floodTables } from "./floodtable.ts";
import { chosen, type Options, optionsFrom, UsageError } from "./options.ts";
import { cpuTime } from "./procfs.ts";
import { NotServing, serveCommand } from "./server.ts";
import { LOAD_CORE, notInstalled, openWorkplace, SERVER_CORE, type Workplace } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";

const INSIDE = "inside";
const NEEDED = ["cc", "taskset", "unshare", "nsenter", "ip", "nft", "sysctl", "dnssec-signzone"];
/** Seconds without an attack first, in which half of the honest prefixes ask already. */
const BEFORE = 2;
/** Of the attack, unless the command line says so. */
const SECONDS = 5;
/** Queries a second of all honest prefixes together. */
const HONEST = 3000;

const HELP = `npm run floods -- [options]

  --only KEY,...   servers: ${defenders.map(({ key }) => key).join(", ")}
  --rows KEY,...   attacks: ${attacks.map(({ key }) => key).join(", ")}
  --rounds N       each server under each attack (3)
  --seconds S      of each attack (${SECONDS})
  --json FILE      all figures as data
`;

/** What flood.c prints. */
interface Said extends Omit<Flooded, "replied" | "cpu"> {
  readonly sent: number;
}

async function attacked(
  place: Workplace,
  world: World,
  flood: string,
  defender: Defender,
  attack: Attack,
  seconds: number,
): Promise<Flooded> {
  const folder = place.folder();
  const zone = await writeFloodZone(place);
  const names = [`${FIRST_HONEST_NAME}.${ORIGIN}`];
  const { running } = await serveCommand(place, defender.command(folder, zone), PORT, names, {
    core: SERVER_CORE,
    address: SERVER_ADDRESS,
  });
  const before = await world.replied();
  const busy = cpuTime(running.pid);
  const plan = [`names=${HONEST_NAMES}`, `honest=${HONEST}`, `before=${BEFORE}`, `seconds=${seconds}`];
  const command = [flood, SERVER_ADDRESS, String(PORT), ORIGIN, ...plan, ...attack.options];
  const said = JSON.parse(await place.run(world.there(command), LOAD_CORE)) as Said;
  const after = await world.replied();
  const spent = cpuTime(running.pid);
  await running.stop();
  return {
    ...said,
    replied: difference(before, after),
    cpu: (spent.user + spent.system - busy.user - busy.system) / seconds,
  };
}

function difference(before: Replied, after: Replied): Replied {
  return { packets: after.packets - before.packets, octets: after.octets - before.octets };
}

async function compare(place: Workplace, options: Options): Promise<void> {
  const source = (name: string) => join(import.meta.dirname, name);
  const flood = join(place.directory, "flood");
  const sources = ["flood.c", "floodattack.c", "floodhonest.c"].map(source);
  await place.run(["cc", "-O2", "-o", flood, ...sources, "-lm"]);
  const world = await openWorld(place);
  const chosenAttacks = chosen(attacks, options.rows);
  const present = chosen(defenders, options.only).filter((one) => {
    const why = one.missing();
    if (why !== undefined) process.stdout.write(`${one.title}: left out, ${why}\n`);
    return why === undefined;
  });
  const rows = chosenAttacks.map((attack) => ({
    attack,
    servers: present.map((defender) => ({ defender, rounds: [] as Flooded[] })),
  }));
  for (let round = 0; round < options.rounds; round++)
    for (const { attack, servers } of rows)
      for (const { defender, rounds } of servers)
        rounds.push(await attacked(place, world, flood, defender, attack, options.seconds));
  floodTables(rows);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
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
