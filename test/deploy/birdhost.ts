/** BIRD in a host, with one of the example configurations, changed as a test needs it. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Hosts } from "./hosts.ts";

export const DEPLOY = resolve(import.meta.dirname, "../../deploy");

/** Changes to a configuration's text. Each must find what it changes. */
export type Changes = readonly (readonly [from: string | RegExp, to: string])[];

/** The text of an example with these changes, and more at its end. */
export function example(file: string, changes: Changes = [], more = ""): string {
  let text = readFileSync(join(DEPLOY, file), "utf8");
  for (const [from, to] of changes) {
    const changed = text.replaceAll(typeof from === "string" ? from : new RegExp(from, "gm"), to);
    if (changed === text) throw new Error(`nothing to change in ${file}: ${from}`);
    text = changed;
  }
  return `${text}\n${more}`;
}

export interface BirdHost {
  readonly socket: string;
  /** To BIRD itself. */
  signal(signal: NodeJS.Signals): void;
  ask(command: string): string;
  /** Another configuration. */
  configure(config: string): string;
  /** States of BGP sessions: "transit1_v4 Established". */
  sessions(): string[];
  /** Routes, each with what is asked of it: "198.51.100.0/24 from transit1_v4" and attributes as BIRD prints them. */
  routes(filter?: string): string[];
}

/** Starts BIRD in a host with this configuration; session.conf and socket.conf lie beside it. */
export function birdIn(hosts: Hosts, host: string, config: string): BirdHost {
  const folder = join(hosts.folder, host);
  mkdirSync(folder);
  const file = join(folder, "bird.conf");
  for (const part of ["session.conf", "socket.conf"]) writeFileSync(join(folder, part), example(`bird/${part}`));
  writeFileSync(file, config);
  const socket = join(folder, "ctl");
  const child = hosts.run(host, "bird", "-f", "-c", file, "-s", socket, "-P", join(folder, "pid"));
  const ask = (command: string) => spawnSync("birdc", ["-s", socket, command], { encoding: "utf8" }).stdout ?? "";
  return {
    socket,
    signal: (signal) => void child.kill(signal),
    ask,
    configure(text) {
      writeFileSync(file, text);
      return ask("configure");
    },
    sessions: () =>
      [...ask("show protocols").matchAll(/^(\S+) +BGP .*? (\w+) *$/gm)].map(([, name, state]) => `${name} ${state}`),
    routes: (filter = "") => routesOf(ask(`show route all ${filter}`)),
  };
}

/** "198.51.100.0/24 zonecast med 200 path 64500 …", in the order in which BIRD has them. */
function routesOf(text: string): string[] {
  const routes: string[] = [];
  let prefix = "";
  for (const line of text.split("\n")) {
    const [, net, from] = /^(\S+\/\d+)? +(?:blackhole|unicast|unreachable) \[(\S+) /.exec(line) ?? [];
    if (from) {
      prefix = net ?? prefix;
      routes.push(`${prefix} ${from}`);
    }
    const [, name, value] = /^\tBGP\.(as_path|med|local_pref|community): (.*)$/.exec(line) ?? [];
    if (name) routes.push(`${routes.pop()} ${name} ${value}`);
  }
  return routes;
}
