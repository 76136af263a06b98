/**
 * A process that announces, to be killed, stopped and hung. Its orders are the only argument, in JSON; it ends in good
 * order by SIGTERM, and its main thread is stuck for ever from SIGUSR2 on.
 */

import type { Maker, MakerModule } from "./fixture.ts";
import { surroundings } from "./surroundings.ts";
import { type Levels, wantedOf } from "./wanted.ts";

export interface Orders extends Maker {
  readonly levels: Levels;
}

const { module, options, levels } = JSON.parse(process.argv[2]) as Orders;
const { makeAnnouncer } = (await import(module)) as MakerModule;
const announcer = makeAnnouncer(options, surroundings());
announcer.start();
announcer.want(wantedOf(levels));
process.on("SIGTERM", () => {
  void announcer.close().then(() => process.exit(0));
});
process.on("SIGUSR2", () => {
  for (;;);
});
