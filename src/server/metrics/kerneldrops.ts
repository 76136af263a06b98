/** Datagrams that the system has dropped at our sockets, as it tells: their queues were full. */

import { readFile } from "node:fs/promises";
import type { Listen } from "../../text/listen.ts";
import { dropsOf, kernelForm } from "../routes/drops.ts";

const TABLES = ["/proc/net/udp", "/proc/net/udp6"];

/** Of the sockets that are open now; undefined where the system does not tell. */
export async function kernelDrops(listen: readonly Listen[]): Promise<number | undefined> {
  const own = new Set(listen.map(kernelForm));
  const tables = await Promise.all(TABLES.map((path) => readFile(path, "latin1").catch(() => "")));
  if (tables.every((table) => table === "")) return undefined;
  let drops = 0;
  for (const table of tables) for (const count of dropsOf(table, own).values()) drops += count;
  return drops;
}
