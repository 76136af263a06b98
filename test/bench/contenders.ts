/**
 * The servers that are compared. To add one: an entry with the programs it needs and how it is told its zones and port.
 *
 * Each is given one thread (or process) that answers, no limits on rates, no log, no cookies, and is asked to leave out
 * of positive answers what nobody needs, so that all send the same: the load generator's mean reply length shows it.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configFromYaml } from "../../src/config/load.ts";
import { workloads } from "./workloads.ts";
import type { Command } from "./workplace.ts";

export interface Zone {
  readonly name: string;
  readonly file: string;
  readonly signed: "NSEC" | "NSEC3" | undefined;
}

/** What a server is to serve, and where it may write. */
export interface Task {
  readonly folder: string;
  readonly port: number;
  readonly zones: readonly Zone[];
  /** Threads that answer; 1 where one core is compared. Only our server heeds it. */
  readonly workers: number | "auto";
}

export interface Contender {
  /** As the command line calls it. */
  readonly key: string;
  readonly title: string;
  /** How our server reads UDP; of the others it is not known. */
  readonly udp?: "batch" | "dgram";
  readonly needs: readonly string[];
  /** Workloads it takes part in; all without it. */
  readonly workloads?: readonly string[];
  /** It answers only with the query; right answers are not expected of it. */
  readonly echo?: boolean;
  /** Why this build of it can't take part. */
  missing?(): string | undefined;
  /** Commands to be run before it starts, each to its end. */
  prepare?(task: Task): readonly Command[];
  /** Writes its configuration; the command that runs it in the foreground. */
  command(task: Task): Command;
}

/** All of them; `echo` is the compiled C echo, when there is a compiler. */
export function contenders(echo: string | undefined): readonly Contender[] {
  return [
    ours("batch"),
    ours("dgram"),
    { key: "nsd", title: "NSD", needs: ["nsd"], command: (task) => nsd(task) },
    { key: "knot", title: "Knot", needs: ["knotd"], command: (task) => knot(task) },
    { key: "bind", title: "BIND", needs: ["named"], command: bind },
    { key: "pdns", title: "PowerDNS", needs: ["pdns_server"], prepare: pdnsZones, command: (task) => pdns(task, []) },
    {
      key: "pdns-uncached",
      title: "PowerDNS, no cache",
      needs: ["pdns_server"],
      workloads: ["hits", "edns", "mixed"],
      command: (task) => pdns(task, ["cache-ttl=0", "query-cache-ttl=0", "negquery-cache-ttl=0"]),
    },
    {
      key: "c-echo",
      title: "C echo",
      needs: [],
      workloads: ["hits", "nxdomain"],
      echo: true,
      ...(echo === undefined && { missing: () => "no C compiler (cc)" }),
      command: ({ port }) => [String(echo), String(port)],
    },
    {
      key: "dgram-echo",
      title: "node:dgram echo",
      needs: [],
      workloads: ["hits", "nxdomain"],
      echo: true,
      command: ({ port }) => [process.execPath, "test/bench/echo.ts", String(port)],
    },
  ];
}

function ours(transport: "batch" | "dgram"): Contender {
  const overUdp = workloads.filter((one) => one.transport === "udp").map(({ key }) => key);
  return {
    key: `ours-${transport}`,
    title: `zonecast, ${transport}`,
    udp: transport,
    needs: [],
    // TCP has a thread of its own, the same beside both.
    ...(transport === "dgram" && { workloads: overUdp }),
    missing: () => (understood(`transport: ${transport}\n`) ? undefined : `no transport called ${transport}`),
    command: (task) => zonecast(task, transport),
  };
}

/** Our server. Where images can be kept on disk, they are, so that a second start in the same folder is a restart. */
export function zonecast({ folder, port, zones, workers }: Task, transport = "auto", more = ""): Command {
  const file = join(folder, "pop.yaml");
  const state = `state: ${join(folder, "state")}\n`;
  const list = zones.map((zone) => `  - {name: ${zone.name}, file: ${zone.file}}\n`);
  const lines = [
    `pop: bench\nlisten: [127.0.0.1@${port}]\nworkers: ${workers}\ntransport: ${transport}\n`,
    "cookies: {enabled: false}\nlog: {level: warn}\n",
    more,
    understood(state) ? state : "",
    `zones:\n${list.join("")}`,
  ];
  writeFileSync(file, lines.join(""));
  return [process.execPath, "src/zonecast.js", "serve", "--config", file];
}

/** Whether this build has an option, or a choice of it. */
function understood(yaml: string): boolean {
  try {
    configFromYaml(yaml, "");
    return true;
  } catch {
    return false;
  }
}

const LOOPBACK = "127.0.0.1";

/** NSD with one server process; `limits` are its rate limits. */
export function nsd({ folder, port, zones }: Task, address = LOOPBACK, limits = ["rrl-ratelimit: 0"]): Command {
  const server = [
    `ip-address: ${address}@${port}`,
    'username: ""',
    'chroot: ""',
    'database: ""',
    `zonesdir: "${folder}"`,
    `pidfile: "${folder}/nsd.pid"`,
    `xfrdfile: "${folder}/xfrd.state"`,
    `zonelistfile: "${folder}/zone.list"`,
    `xfrdir: "${folder}"`,
    "server-count: 1",
    ...limits,
    "rrl-whitelist-ratelimit: 0",
    "minimal-responses: yes",
    "tcp-count: 1000",
    "verbosity: 0",
  ];
  const list = zones.map(({ name, file }) => `zone:\n  name: "${name}"\n  zonefile: "${file}"\n`);
  const file = join(folder, "nsd.conf");
  writeFileSync(file, `server:\n  ${server.join("\n  ")}\nremote-control:\n  control-enable: no\n${list.join("")}`);
  return ["nsd", "-d", "-c", file];
}

/** Knot with one thread for UDP; `limits` are those of its module for rates, which is there when there are any. */
export function knot({ folder, port, zones }: Task, address = LOOPBACK, limits: readonly string[] = []): Command {
  const sections = {
    server: [
      `rundir: "${folder}"`,
      `listen: ${address}@${port}`,
      "udp-workers: 1",
      "tcp-workers: 1",
      "background-workers: 1",
      "tcp-max-clients: 1000",
    ],
    log: ["- target: stderr", "  any: error"],
    database: [`storage: "${folder}"`],
    ...(limits.length > 0 && { "mod-rrl": ["- id: limits", ...limits.map((line) => `  ${line}`)] }),
    template: [
      "- id: default",
      `  storage: "${folder}"`,
      "  zonefile-sync: -1",
      "  journal-content: none",
      ...(limits.length > 0 ? ["  global-module: mod-rrl/limits"] : []),
    ],
    zone: zones.flatMap(({ name, file }) => [`- domain: "${name}"`, `  file: "${file}"`]),
  };
  const text = Object.entries(sections).map(([name, lines]) => `${name}:\n  ${lines.join("\n  ")}\n`);
  const file = join(folder, "knot.conf");
  writeFileSync(file, text.join(""));
  return ["knotd", "-c", file];
}

function bind({ folder, port, zones }: Task): Command {
  const options = [
    `directory "${folder}"`,
    `managed-keys-directory "${folder}"`,
    "pid-file none",
    "session-keyfile none",
    "lock-file none",
    `listen-on port ${port} { 127.0.0.1; }`,
    "listen-on-v6 { none; }",
    "recursion no",
    "dnssec-validation no",
    "notify no",
    "empty-zones-enable no",
    "minimal-responses yes",
    "answer-cookie no",
    "querylog no",
    "tcp-clients 1000",
  ];
  const list = zones.map(({ name, file }) => `zone "${name}" { type primary; file "${file}"; };\n`);
  const file = join(folder, "named.conf");
  const head = "controls { };\nlogging { category default { null; }; };\n";
  writeFileSync(file, `${head}options {\n  ${options.join(";\n  ")};\n};\n${list.join("")}`);
  return ["named", "-f", "-n", "1", "-c", file];
}

/** PowerDNS on the bind backend; its packet cache is as it comes, but for `more`. */
function pdns(task: Task, more: readonly string[]): Command {
  const { folder, port, zones } = task;
  const list = zones.map(({ name, file }) => `zone "${name}" { type master; file "${file}"; };\n`);
  writeFileSync(join(folder, "named.conf"), list.join(""));
  const lines = [
    "launch=bind",
    `bind-config=${folder}/named.conf`,
    "bind-check-interval=0",
    "local-address=127.0.0.1",
    `local-port=${port}`,
    "receiver-threads=1",
    "distributor-threads=1",
    "max-tcp-connections=1000",
    `socket-dir=${folder}`,
    "setuid=",
    "setgid=",
    "disable-syslog=yes",
    "loglevel=3",
    // Nothing is asked of the world outside.
    "security-poll-suffix=",
    ...more,
    ...(zones.some((zone) => zone.signed) ? [`bind-dnssec-db=${dnssecDatabase(task)}`] : []),
  ];
  writeFileSync(join(folder, "pdns.conf"), `${lines.join("\n")}\n`);
  return ["pdns_server", `--config-dir=${folder}`, "--daemon=no", "--guardian=no"];
}

function dnssecDatabase({ folder }: Task): string {
  return join(folder, "dnssec.sqlite");
}

/** PowerDNS must be told of each zone that it comes signed, and with what kind of proofs. */
function pdnsZones(task: Task): readonly Command[] {
  const signed = task.zones.filter((zone) => zone.signed);
  if (signed.length === 0) return [];
  const util = ["pdnsutil", `--config-dir=${task.folder}`];
  pdns(task, []);
  return [
    [...util, "create-bind-db", dnssecDatabase(task)],
    ...signed.map(({ name }) => [...util, "set-presigned", name]),
    ...signed.filter((zone) => zone.signed === "NSEC3").map(({ name }) => [...util, "set-nsec3", name, "1 0 0 -"]),
  ];
}
