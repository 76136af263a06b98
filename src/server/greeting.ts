/** What a server says to people at its start: that it serves, and how to ask it; or what it waits for. */

import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { listenToText } from "../text/listen.ts";
import type { Serving } from "./status.ts";

/** Whoever has not loaded his zones by then is told what he waits for. */
const SOON_MS = 1000;

/** Says to people what the start waits for, when it does not come soon. */
export async function tellWaiting(
  loaded: Promise<void>,
  { version, pop, listen }: Serving,
  waitsFor: string,
): Promise<void> {
  const soon = setTimeout(SOON_MS, false, { ref: false });
  if (await Promise.race([loaded.then(() => true), soon])) return;
  const where = listen.map(listenToText).join(", ");
  process.stderr.write(`zonecast ${version}: POP ${pop} is on ${where}, and not ready: it waits for ${waitsFor}\n`);
}

/** Says, in the log and to people, that all is there; the sentence that says it. */
export function tellReady(log: Logger, serving: Serving): string {
  const names = [...serving.source.names()];
  const served = names.flatMap(([zone, isServed]) => (isServed && zone !== undefined ? [zone] : []));
  const failed = names.length - served.length;
  const where = serving.listen.map(listenToText).join(", ");
  const facts = { zones: served.length, failed, listen: serving.listen.map(listenToText) };
  const text = `${served.length} zones served, ${failed} failed, on ${where}`;
  log.info({ event: "ready", ...facts }, `ready: ${text}`);
  const [first] = serving.listen;
  // A reverse zone makes a poor first impression.
  const zone = served.find((name) => !name.endsWith(".arpa.")) ?? served[0];
  if (!first) return text;
  const dig = `dig @${first.address} -p ${first.port}`;
  const lines = [
    `zonecast ${serving.version}: POP ${serving.pop} serves ${served.length} zones on ${where} (UDP and TCP)`,
    zone === undefined ? serving.source.whenEmpty : `  ${dig} ${zone} SOA`,
    `  ${dig} CH TXT id.server`,
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
  return text;
}
