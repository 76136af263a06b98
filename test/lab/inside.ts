/** The first process in the lab's namespaces: builds it, shows it or drills it. When it ends, everything does. */

import { mkdirSync } from "node:fs";
import { Socket } from "node:net";
import { DRILLS } from "./drills.ts";
import { run } from "./host.ts";
import { idle } from "./idle.ts";
import { Lab } from "./lab.ts";
import { hint, picture, whoAnswers } from "./map.ts";
import { rehearse, tableOf, writeRows } from "./rehearse.ts";

/** In memory, and gone with the lab's namespaces. */
const FOLDER = "/run/lab";

interface Orders {
  readonly verb: "show" | "drill" | "idle";
  readonly names: readonly string[];
  readonly once?: boolean;
  readonly quick?: boolean;
  readonly rounds?: string;
  readonly minutes?: string;
  readonly json?: string;
  readonly logs?: string;
}

/** Ends with whoever started the lab, and on Ctrl-C. */
function watchLifeline(): void {
  const lifeline = new Socket({ fd: 3 });
  lifeline.on("end", () => process.exit(0));
  lifeline.on("error", () => process.exit(1));
  lifeline.resume();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
}

async function main(orders: Orders): Promise<void> {
  await run(["mount", "-t", "tmpfs", "lab", "/run"]);
  mkdirSync(FOLDER);
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  const lab = new Lab({ folder: FOLDER, tell });
  await lab.start();
  process.stdout.write(`\n${picture()}\n${await whoAnswers()}\n\n`);
  if (orders.verb === "drill") return drill(lab, orders, tell);
  if (orders.verb === "idle") return void process.stdout.write(`${await idle(lab, tell)}\n`);
  // Who plays wants a quiet machine, and asks himself.
  lab.clients.end();
  if (orders.once) return;
  process.stdout.write(hint());
  await new Promise(() => {});
}

/** Runs the drills that were named, or all. */
async function drill(lab: Lab, orders: Orders, tell: (text: string) => void): Promise<void> {
  const { quick = false, names } = orders;
  const wanted = DRILLS.filter((one) => (names.length > 0 ? names.includes(one.name) : !quick || one.quick));
  const rows = await rehearse(lab, {
    drills: wanted,
    rounds: quick ? 1 : Number(orders.rounds ?? 5),
    minutes: Number(orders.minutes ?? (quick ? 0.5 : 5)),
    hasty: quick,
    tell,
  });
  process.stdout.write(`\n${tableOf(rows)}`);
  if (orders.json !== undefined) writeRows(orders.json, rows);
  if (orders.logs !== undefined) lab.copyLogs(orders.logs);
  if (rows.length < wanted.length || rows.some(({ failed }) => failed))
    throw new Error("drills have failed: see the table");
}

watchLifeline();
main(JSON.parse(process.argv[2]) as Orders).then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`npm run lab: ${error.message}\n`);
    process.exit(1);
  },
);
