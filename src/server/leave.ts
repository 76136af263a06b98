/** The end of a POP: announce that it leaves, withdraw, wait until queries have gone, close. */

import { setTimeout } from "node:timers/promises";
import type { Assembly } from "./assembly.ts";
import { handOver } from "./replace/handover.ts";
import type { Heir } from "./replace/heir.ts";
import { giveWay } from "./replace/takeover.ts";

/** How long the compile thread may take to end. */
const CLOSE_MS = 1000;

/** Resolves when the server has been told to stop, or somebody has its place; its routes are with him, or left in good order. */
export async function untilTheEnd({
  signals,
  succession,
  manager,
  serving,
  tell,
}: Assembly): Promise<Heir | undefined> {
  for (;;) {
    const heir = await Promise.race([signals.stop.then(() => undefined), succession.ready]);
    if (!heir) manager.stopping();
    const how = heir ? await handOver(heir, serving.routes, tell) : "leave";
    if (how === "kept") continue;
    // With an heir too: there is no route until that one has proven itself, and so nobody is to come meanwhile.
    if (how === "leave") await serving.routes?.leave(signals.hurry);
    return heir;
  }
}

/** Closes all that there is, whatever has been started of it. False when an heir was to serve, and does not. */
export async function close(server: Assembly, heir: Heir | undefined): Promise<boolean> {
  const { signs, signals, serving, before, servers, source, threads, tell } = server;
  signs.stop();
  signals.closing();
  const shares = before !== undefined && !serving.ready;
  serving.ready = false;
  await serving.routes?.close();
  for (const one of servers) one.close();
  const closed = source.close(heir !== undefined);
  // The one that was to be replaced goes on.
  if (shares && !heir) await threads.leave(0);
  const served = !heir || (await giveWay(heir, { threads, files: soon(closed), tell, hurry: signals.stop }));
  await shutdown(server, closed);
  return served;
}

/** Sockets first: what is on its way goes out, whatever the files are like. */
async function shutdown({ threads, log, summary, tap }: Assembly, closed: Promise<void>): Promise<void> {
  await threads.stop();
  const written = tap.close();
  // A file system that hangs has it no longer than the rest.
  await Promise.race([summary?.stop(), setTimeout(CLOSE_MS)]);
  const ended = (await soon(closed)) && (await written);
  log.logger.info({ event: "stopped" }, "stopped");
  await log.flush();
  // A file system that hangs holds the compile thread, and with it the end of the process.
  if (!ended) process.kill(process.pid, "SIGKILL");
}

/** Whether files are closed within the time that they may take. */
function soon(closed: Promise<void>): Promise<boolean> {
  return Promise.race([closed.then(() => true), setTimeout(CLOSE_MS, false)]);
}
