/**
 * The servers under attack, each with one thread that answers UDP, with its rate limits and without.
 *
 * The limits are as alike as they can be told: 200 replies a second to a /24, every second one over it as TC, which a
 * real client follows to TCP. What they count differs. NSD: a prefix with a kind of answer and the zone, names that do
 * not exist all together; a query over the limit has been answered already when it is dropped. Knot 3.2: a prefix with a
 * kind (answers, NXDOMAIN, large, by DNSSEC and so on) and the zone, in buckets of a table that collide.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { knot as knotCommand, nsd as nsdCommand, type Task, type Zone } from "./contenders.ts";
import { SERVER_ADDRESS } from "./floodnet.ts";
import { type Command, notInstalled } from "./workplace.ts";

export const PORT = 5300;
/** Replies a second to one prefix, and one of how many over it comes as TC. */
const LIMIT = 200;
const SLIP = 2;

export interface Defender {
  readonly key: string;
  readonly title: string;
  /** With its rate limits. */
  readonly limits: boolean;
  /** The key of the same without: what that one answers is what it can. */
  readonly bare: string;
  /** Why it can't take part. */
  missing(): string | undefined;
  /** Writes its configuration into the folder; the command that runs it in the foreground. */
  command(folder: string, zone: Zone): Command;
}

/** All of them: each without limits first, as that one tells what it can do. */
export const defenders: readonly Defender[] = [
  ...both("ungated", "zonecast without its gate", [], (...task) => zonecast(...task, false)),
  ...both("ours", "zonecast", [], (...task) => zonecast(...task, true)).map((one) => ({ ...one, bare: "ungated" })),
  ...both("nsd", "NSD", ["nsd"], nsd),
  ...both("knot", "Knot", ["knotd"], knot),
];

function both(
  key: string,
  title: string,
  needs: readonly string[],
  command: (folder: string, zone: Zone, limits: boolean) => Command,
): Defender[] {
  const missing = () => {
    const lacking = notInstalled(needs);
    return lacking.length > 0 ? `${lacking.join(", ")} not installed` : undefined;
  };
  return [false, true].map((limits) => ({
    key: limits ? `${key}-rrl` : key,
    title: limits ? `${title}, limits` : title,
    limits,
    bare: key,
    missing,
    command: (folder, zone) => command(folder, zone, limits),
  }));
}

function zonecast(folder: string, zone: Zone, limits: boolean, gate: boolean): Command {
  const file = join(folder, "pop.yaml");
  const limited = `rrl: {enabled: ${limits}, responses-per-second: ${LIMIT}, slip: ${SLIP}}\n`;
  const text = [
    `pop: flood\nlisten: [${SERVER_ADDRESS}@${PORT}]\nworkers: 1\n`,
    "log: {level: warn}\n",
    `udp: {gate: ${gate}}\n`,
    limited,
    `zones:\n  - {name: ${zone.name}, file: ${zone.file}}\n`,
  ].join("");
  writeFileSync(file, text);
  return [process.execPath, "src/zonecast.js", "serve", "--config", file];
}

function nsd(folder: string, zone: Zone, limits: boolean): Command {
  const rates = [`rrl-ratelimit: ${limits ? LIMIT : 0}`, `rrl-slip: ${SLIP}`];
  return nsdCommand(taskOf(folder, zone), SERVER_ADDRESS, rates);
}

function knot(folder: string, zone: Zone, limits: boolean): Command {
  const rates = limits ? [`rate-limit: ${LIMIT}`, `slip: ${SLIP}`] : [];
  return knotCommand(taskOf(folder, zone), SERVER_ADDRESS, rates);
}

function taskOf(folder: string, zone: Zone): Task {
  return { folder, port: PORT, zones: [zone], workers: 1 };
}
