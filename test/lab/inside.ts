/** The first process in the lab's namespaces: builds it, shows it or drills it. When it ends, everything does. */

import { mkdirSync } from "node:fs";
import { Socket } from "node:net";
import { DRILLS } from "./drills.ts";
import { run } from "./host.ts";
import { idle } from "./idle.ts";
import { Lab } from "./lab.ts";
import { hint, picture, whoAnswers } from "./map.ts";
import type { Orders } from "./orders.ts";
import { rehearse, tableOf, writeRows } from "./rehearse.ts";

/** In memory, and gone with the lab's namespaces. */
const FOLDER = "/run/lab";

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
  try {
    await lab.start();
    process.stdout.write(`\n${picture()}\n${await whoAnswers()}\n\n`);
    if (orders.verb === "drill") await drill(lab, orders, tell);
    else if (orders.verb === "idle") process.stdout.write(`${await idle(lab, tell)}\n`);
    else await show(lab, orders.once);
  } finally {
    if (orders.logs !== undefined) lab.copyLogs(orders.logs);
  }
}

/** Who plays wants a quiet machine, and asks himself. */
async function show(lab: Lab, once: boolean): Promise<void> {
  lab.clients.end();
  if (once) return;
  process.stdout.write(hint());
  await new Promise(() => {});
}

/** Runs the drills that were named, or all. */
async function drill(lab: Lab, orders: Orders, tell: (text: string) => void): Promise<void> {
  const { quick, drills, rounds, minutes } = orders;
  const wanted = DRILLS.filter(({ name, quick: short }) =>
    drills.length > 0 ? drills.includes(name) : !quick || short,
  );
  const rows = await rehearse(lab, { drills: wanted, rounds, minutes, hasty: quick, tell });
  process.stdout.write(`\n${tableOf(rows)}`);
  if (orders.json !== undefined) writeRows(orders.json, rows);
  if (rows.length < wanted.length || rows.some(({ failed }) => failed)) {
    throw new Error("drills have failed: see the table");
  }
}

watchLifeline();
main(JSON.parse(process.argv[2]) as Orders).then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`npm run lab: ${error.message}\n`);
    process.exit(1);
  },
);
