/**
 * A process that holds routes through BIRD's socket, to be killed and stopped. Its orders are the only argument, in JSON;
 * it says which guard it has, and what it was told. With `prepare`, another one holds them, and it only gets ready.
 */

import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { wantedOf } from "../announcer/wanted.ts";
import { type BirdSettings, makeAnnouncer } from "../bird/maker.ts";

const around = surroundings();
const { prepare, ...settings } = JSON.parse(process.argv[2]) as BirdSettings & { readonly prepare?: boolean };
const announcer = makeAnnouncer(settings, around);
if (prepare) void announcer.prepare();
else announcer.start();
announcer.want(wantedOf({ [PREFIX4]: "up", [PREFIX6]: "up" }));

setInterval(() => {
  const told = around.told.map(({ text }) => text);
  process.stdout.write(`${JSON.stringify({ guard: announcer.guard, told })}\n`);
}, 50);
process.on("SIGTERM", () => {
  void announcer.close().then(() => process.exit(0));
});
// A main thread that is stuck, not a process that is stopped.
process.on("SIGUSR2", () => {
  for (;;);
});
