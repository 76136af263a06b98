/**
 * Where servers are attacked: one core is the server's, and the other the world's. One attacker sends some eight times of
 * what a server answers on a core like his own. So that it can be more than ten times, the server has half of its core,
 * and somebody who only counts has the other half.
 */

import { join } from "node:path";
import { type Attack, FIRST_HONEST_NAME, HONEST_NAMES, writeFloodZone } from "./floodattacks.ts";
import { openWorld, type Replied, SERVER_ADDRESS } from "./floodnet.ts";
import { type Defender, PORT } from "./floodservers.ts";
import type { Flooded } from "./floodtable.ts";
import { cpuTime } from "./procfs.ts";
import { serveCommand } from "./server.ts";
import { LOAD_CORE, SERVER_CORE, type Workplace } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";

/** Seconds without an attack first, in which half of the honest prefixes ask already. */
const BEFORE = 2;
/** Queries a second of all honest prefixes together. */
const HONEST = 3000;
const SPIN = "while :; do :; done";

export interface Range {
  /** Starts a server and attacks it, with so many datagrams a second, or with all that the attacker can send. */
  attacked(defender: Defender, attack: Attack, rate?: number): Promise<Flooded>;
}

/** Compiles the attacker, and lays the cable. */
export async function openRange(place: Workplace, seconds: number): Promise<Range> {
  const flood = join(place.directory, "flood");
  const sources = ["flood.c", "floodattack.c", "floodhonest.c"].map((name) => join(import.meta.dirname, name));
  await place.run(["cc", "-O2", "-o", flood, ...sources, "-lm"]);
  const world = await openWorld(place);
  return {
    attacked: async (defender, attack, rate = 0) => {
      const folder = place.folder();
      const command = defender.command(folder, await writeFloodZone(place));
      const at = { core: SERVER_CORE, address: SERVER_ADDRESS };
      const { running } = await serveCommand(place, command, PORT, [`${FIRST_HONEST_NAME}.${ORIGIN}`], at);
      const spinning = place.start(["sh", "-c", SPIN], SERVER_CORE);
      const before = await world.replied();
      const busy = cpuTime(running.pid);
      const honest = [`names=${HONEST_NAMES}`, `honest=${HONEST}`, `before=${BEFORE}`, `seconds=${seconds}`];
      const plan = [...honest, `attack=${Math.round(rate)}`, ...attack.options];
      const output = await place.run(world.there([flood, SERVER_ADDRESS, String(PORT), ORIGIN, ...plan]), LOAD_CORE);
      const replied = difference(before, await world.replied());
      const spent = cpuTime(running.pid);
      await Promise.all([spinning.stop(), running.stop()]);
      const said = JSON.parse(output) as Omit<Flooded, "replied" | "cpu">;
      return { ...said, replied, cpu: (spent.user + spent.system - busy.user - busy.system) / seconds };
    },
  };
}

function difference(before: Replied, after: Replied): Replied {
  return { packets: after.packets - before.packets, octets: after.octets - before.octets };
}
