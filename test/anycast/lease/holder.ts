/** A process that holds routes, and nothing else: to be killed and stopped. Its orders are the only argument, in JSON. */

import { birdAnnouncer } from "../../../src/anycast/bird/announcer.ts";
import { frrAnnouncer } from "../../../src/anycast/frr/announcer.ts";
import { prefixes, surroundings, wanted } from "./around.ts";

interface HolderOrders {
  readonly by: "bird" | "frr";
  readonly socket: string;
  readonly vtysh: readonly string[];
  readonly hold: number;
  readonly prefixes: readonly string[];
}

const orders = JSON.parse(process.argv[2]) as HolderOrders;
const options = { ...orders, prefixes: prefixes(...orders.prefixes) };
const around = surroundings();
const announcer = orders.by === "bird" ? birdAnnouncer(options, around) : frrAnnouncer(options, around);
announcer.start();
announcer.want(wanted(Object.fromEntries(orders.prefixes.map((prefix) => [prefix, "up"]))));

const line = () => process.stdout.write(`${JSON.stringify({ guard: announcer.guard, told: around.told })}\n`);
setInterval(line, 50);
process.on("SIGTERM", () => {
  void announcer.close().then(() => process.exit(0));
});
// A main thread that is stuck, not a process that is stopped.
process.on("SIGUSR2", () => {
  for (;;);
});
