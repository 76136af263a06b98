/** The program with a configuration file: its addresses are added to what the file says. */

import type { SpawnOptions } from "node:child_process";
import { appendFileSync } from "node:fs";
import { freePort } from "../transport/port.ts";
import { ready, type Server, start, withPorts } from "./program.ts";

/** Starts a server from a configuration file that does not say where to listen. */
export async function configured(
  file: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Server> {
  const port = await freePort();
  const admin = await freePort();
  appendFileSync(file, `listen: 127.0.0.1@${port}\nadmin: 127.0.0.1@${admin}\n`);
  const server = withPorts(start(["serve", "--config", file, ...args], options), "", port, admin);
  await ready(server);
  return server;
}
