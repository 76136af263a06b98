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
import type { Zone } from "./contenders.ts";
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
  const server = [
    `ip-address: ${SERVER_ADDRESS}@${PORT}`,
    'username: ""',
    'chroot: ""',
    'database: ""',
    `zonesdir: "${folder}"`,
    `pidfile: "${folder}/nsd.pid"`,
    `xfrdfile: "${folder}/xfrd.state"`,
    `zonelistfile: "${folder}/zone.list"`,
    `xfrdir: "${folder}"`,
    "server-count: 1",
    `rrl-ratelimit: ${limits ? LIMIT : 0}`,
    `rrl-slip: ${SLIP}`,
    "rrl-whitelist-ratelimit: 0",
    "minimal-responses: yes",
    "tcp-count: 1000",
    "verbosity: 0",
  ];
  const file = join(folder, "nsd.conf");
  const zones = `zone:\n  name: "${zone.name}"\n  zonefile: "${zone.file}"\n`;
  writeFileSync(file, `server:\n  ${server.join("\n  ")}\nremote-control:\n  control-enable: no\n${zones}`);
  return ["nsd", "-d", "-c", file];
}

function knot(folder: string, zone: Zone, limits: boolean): Command {
  const sections = {
    server: [
      `rundir: "${folder}"`,
      `listen: ${SERVER_ADDRESS}@${PORT}`,
      "udp-workers: 1",
      "tcp-workers: 1",
      "background-workers: 1",
      "tcp-max-clients: 1000",
    ],
    log: ["- target: stderr", "  any: error"],
    database: [`storage: "${folder}"`],
    ...(limits && { "mod-rrl": ["- id: limits", `  rate-limit: ${LIMIT}`, `  slip: ${SLIP}`] }),
    template: [
      "- id: default",
      `  storage: "${folder}"`,
      "  zonefile-sync: -1",
      "  journal-content: none",
      ...(limits ? ["  global-module: mod-rrl/limits"] : []),
    ],
    zone: [`- domain: "${zone.name}"`, `  file: "${zone.file}"`],
  };
  const text = Object.entries(sections).map(([name, lines]) => `${name}:\n  ${lines.join("\n  ")}\n`);
  const file = join(folder, "knot.conf");
  writeFileSync(file, text.join(""));
  return ["knotd", "-c", file];
}
