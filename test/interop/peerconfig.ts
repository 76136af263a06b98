import { join } from "node:path";

/** A zone to serve: its origin (with or without final dot) and the file that holds it. */
export type ZoneSource = { origin: string; file: string };

/** A program that serves zones for comparison: how it is configured and started. */
export type PeerKind = {
  command: string;
  config(port: number, dir: string, zones: readonly ZoneSource[]): string;
  args(configFile: string): string[];
};

function bindConfig(port: number, dir: string, zones: readonly ZoneSource[]): string {
  const ignored = ["mx ignore", "mx-cname ignore", "srv-cname ignore", "sibling no", "wildcard no", "integrity no"];
  const options = [
    `directory "${dir}"`,
    `managed-keys-directory "${dir}"`,
    "pid-file none",
    "session-keyfile none",
    "lock-file none",
    `listen-on port ${port} { 127.0.0.1; }`,
    "listen-on-v6 { none; }",
    "recursion no",
    "dnssec-validation no",
    "notify no",
    "empty-zones-enable no",
    // Additional data is kept; the NS set beside a positive answer is not, as RFC 1034 §4.3.2 step 3a does not add it.
    "minimal-responses no-auth",
    "minimal-any no",
    "answer-cookie no",
    "zero-no-soa-ttl no",
    "rrset-order { order none; }",
    "max-udp-size 1232",
    "edns-udp-size 1232",
    "check-names primary ignore",
    "check-spf ignore",
    "check-dup-records ignore",
    ...ignored.map((check) => `check-${check}`),
  ];
  const blocks = zones.map(({ origin, file }) => `zone "${origin}" { type primary; file "${file}"; };`);
  return `controls { };\noptions {\n  ${options.join(";\n  ")};\n};\n${blocks.join("\n")}\n`;
}

function nsdConfig(port: number, dir: string, zones: readonly ZoneSource[]): string {
  const server = [
    `ip-address: 127.0.0.1@${port}`,
    'username: ""',
    'chroot: ""',
    'database: ""',
    `zonesdir: "${dir}"`,
    `pidfile: "${join(dir, "nsd.pid")}"`,
    `xfrdfile: "${join(dir, "xfrd.state")}"`,
    `zonelistfile: "${join(dir, "zone.list")}"`,
    `xfrdir: "${dir}"`,
    "server-count: 1",
    "rrl-ratelimit: 0",
    "minimal-responses: no",
    "refuse-any: no",
    "round-robin: no",
    "ipv4-edns-size: 1232",
    "tcp-count: 200",
  ];
  const blocks = zones.map(({ origin, file }) => `zone:\n  name: "${origin}"\n  zonefile: "${file}"\n`);
  return `server:\n  ${server.join("\n  ")}\nremote-control:\n  control-enable: no\n${blocks.join("")}`;
}

function knotConfig(port: number, dir: string, zones: readonly ZoneSource[]): string {
  const sections = {
    server: [
      `rundir: "${dir}"`,
      "user: root",
      `listen: 127.0.0.1@${port}`,
      "udp-workers: 1",
      "tcp-workers: 1",
      "background-workers: 1",
      "udp-max-payload: 1232",
      "answer-rotation: off",
    ],
    log: ["- target: stderr", "  any: info"],
    database: [`storage: "${dir}"`],
    template: [
      "- id: default",
      `  storage: "${dir}"`,
      "  zonefile-load: whole",
      "  zonefile-sync: -1",
      "  journal-content: none",
      "  semantic-checks: off",
    ],
    zone: zones.flatMap(({ origin, file }) => [`- domain: "${origin}"`, `  file: "${file}"`]),
  };
  return Object.entries(sections)
    .map(([name, lines]) => `${name}:\n${lines.map((line) => `  ${line}\n`).join("")}`)
    .join("");
}

/** The servers we compare with. */
export const peerKinds = {
  nsd: { command: "nsd", config: nsdConfig, args: (file) => ["-d", "-c", file] },
  knot: { command: "knotd", config: knotConfig, args: (file) => ["-c", file] },
  bind: { command: "named", config: bindConfig, args: (file) => ["-g", "-n", "1", "-c", file] },
} satisfies Record<string, PeerKind>;

/** The name of one of them. */
export type PeerName = keyof typeof peerKinds;
