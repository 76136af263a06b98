import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answers, type Served } from "./peers.ts";
import { freePort, remove, start } from "./process.ts";

const run = promisify(execFile);

/** A signed zone as a validator has to know it: origin and the DNSKEY (RDATA text) it trusts. */
export type Anchor = { origin: string; key: string };

/** The key-signing key in a flat zone text. */
export function anchorOf(origin: string, flat: string): Anchor {
  const key = new RegExp(
    `^${origin.replaceAll(".", "\\.")}\\.\\s+\\d+\\s+IN\\s+DNSKEY\\s+(257 .*?)\\s*(;.*)?$`,
    "m",
  ).exec(flat);
  if (!key) throw new Error(`no key-signing key in ${origin}`);
  return { origin, key: key[1]! };
}

/** Starts unbound as a validating resolver that takes the anchors' zones from the server on `port`. */
export async function startUnbound(port: number, anchors: readonly Anchor[]): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), "interop-unbound-"));
  const own = await freePort();
  const file = join(dir, "unbound.conf");
  await writeFile(file, unboundConfig(own, dir, port, anchors));
  const running = start("unbound", ["-d", "-p", "-c", file], dir);
  const served: Served = {
    name: "unbound",
    port: own,
    log: running.log,
    stop: async () => {
      await running.stop();
      await remove(dir);
    },
  };
  try {
    await answers(running, own, { name: `${anchors[0]!.origin}.`, type: "SOA", rd: true }, () => true);
  } catch (error) {
    await served.stop();
    throw error;
  }
  return served;
}

function unboundConfig(own: number, dir: string, port: number, anchors: readonly Anchor[]): string {
  const server = [
    "interface: 127.0.0.1",
    `port: ${own}`,
    `directory: "${dir}"`,
    'username: ""',
    'chroot: ""',
    'pidfile: ""',
    "use-syslog: no",
    'logfile: ""',
    "num-threads: 1",
    "do-ip6: no",
    "do-not-query-localhost: no",
    'module-config: "validator iterator"',
    "val-log-level: 2",
    // Every answer has to come from the server under test, none from proofs seen earlier.
    "aggressive-nsec: no",
    "qname-minimisation: no",
    ...anchors.map(({ origin, key }) => `trust-anchor: "${origin}. DNSKEY ${key}"`),
  ];
  const stubs = anchors.map(({ origin }) => `stub-zone:\n  name: "${origin}."\n  stub-addr: 127.0.0.1@${port}\n`);
  return `server:\n  ${server.join("\n  ")}\nremote-control:\n  control-enable: no\n${stubs.join("")}`;
}

/** What delv makes of a question: the comment lines with its verdict, and what it complains about. */
export async function delv(port: number, anchor: Anchor, name: string, type: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "interop-delv-"));
  const file = join(dir, "anchor");
  const [flags, protocol, algorithm, ...key] = anchor.key.split(/\s+/);
  const fields = `${flags} ${protocol} ${algorithm} "${key.join("")}"`;
  try {
    await writeFile(file, `trust-anchors { ${anchor.origin}. static-key ${fields}; };\n`);
    const args = ["@127.0.0.1", "-p", String(port), "-a", file, `+root=${anchor.origin}`, "+nosplit", name, type];
    const { stdout, stderr } = await run("delv", args, { timeout: 10_000 });
    return `${stdout}${stderr}`;
  } finally {
    await remove(dir);
  }
}
