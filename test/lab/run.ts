/** npm run lab: see --help. The lab itself lives in namespaces of its own (outside.ts), which end with it. */

import { fileURLToPath } from "node:url";
import { HELP, readOrders } from "./orders.ts";
import { execIn, runInside } from "./outside.ts";

const USAGE = 2;

async function main([first, ...rest]: readonly string[]): Promise<number> {
  // What is run at a host has flags of its own.
  if (first === "exec") return execIn(rest);
  const orders = readOrders(first === undefined ? [] : [first, ...rest]);
  if (orders instanceof Error) {
    process.stderr.write(`npm run lab: ${orders.message}; see npm run lab -- --help\n`);
    return USAGE;
  }
  if (orders !== "help")
    return runInside(fileURLToPath(new URL("./inside.ts", import.meta.url)), JSON.stringify(orders));
  process.stdout.write(HELP);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
