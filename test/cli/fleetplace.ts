/** Several POPs of one sqlite store, and the program run against it. */

import { join } from "node:path";
import {
  directoryWith,
  type Exit,
  type Program,
  ready,
  run,
  type Server,
  start,
  withPorts,
} from "../server/program.ts";
import type { StorePlace } from "../server/storeplace.ts";
import { freePort } from "../transport/port.ts";

/** A POP of a store: ready. */
export async function popOf(place: StorePlace, name: string, config = ""): Promise<Server> {
  const [port, admin] = [await freePort(), await freePort()];
  const folder = directoryWith({ "pop.yaml": `${config}\n` });
  const places = ["--listen", `127.0.0.1@${port}`, "--admin", `127.0.0.1@${admin}`, "--pop", name];
  const state = ["--store", place.where, "--state", join(folder, "state")];
  const server = withPorts(
    start(["serve", "--config", join(folder, "pop.yaml"), ...state, ...places]),
    "",
    port,
    admin,
  );
  await ready(server);
  return server;
}

/** Runs a verb on the store. */
export function onStore(place: StorePlace, verb: string, ...args: readonly string[]): Promise<Program & Exit> {
  return run([verb, "--store", place.where, ...args]);
}
