/** Hosts of a test's own: network namespaces with links between them, and daemons in them. All ends with `close`. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { have } from "../support/need.ts";

/** True when this machine lets us make network namespaces. */
export function canHost(): boolean {
  const name = `zcd-${randomBytes(4).toString("hex")}`;
  const made = spawnSync("ip", ["netns", "add", name]).status === 0;
  if (made) spawnSync("ip", ["netns", "del", name]);
  return have("the right to make network namespaces (root)", made);
}

/** An interface: its host's name, and its addresses with their lengths. */
export interface End {
  readonly host: string;
  readonly addresses: readonly string[];
}

export class Hosts {
  readonly folder: string;
  readonly #mark: string;
  readonly #hosts = new Set<string>();
  readonly #children: ChildProcess[] = [];
  #links = 0;

  constructor() {
    this.#mark = `zcd-${randomBytes(3).toString("hex")}`;
    this.folder = mkdtempSync(join(tmpdir(), "zonecast-hosts-"));
    // A test run that is broken off leaves nothing behind either.
    process.once("exit", () => this.close());
  }

  link(one: End, other: End): void {
    for (const { host } of [one, other]) this.#host(host);
    const name = `zc${this.#links++}`;
    const peer = ["type", "veth", "peer", "name", name, "netns", this.#name(other.host)];
    ip("link", "add", name, "netns", this.#name(one.host), ...peer);
    for (const { host, addresses } of [one, other]) {
      for (const address of addresses) this.address(host, name, address);
      ip("-n", this.#name(host), "link", "set", name, "up");
    }
  }

  address(host: string, device: string, address: string): void {
    const nodad = address.includes(":") ? ["nodad"] : [];
    ip("-n", this.#name(host), "addr", "add", address, "dev", device, ...nodad);
  }

  /** Runs a program in a host until `close`, or until it ends. */
  run(host: string, program: string, ...args: string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.#name(host), program, ...args], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#children.push(child);
    return child;
  }

  close(): void {
    for (const child of this.#children.splice(0)) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
    for (const host of this.#hosts) spawnSync("ip", ["netns", "del", this.#name(host)]);
    this.#hosts.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #name(host: string): string {
    return `${this.#mark}-${host}`;
  }

  #host(host: string): void {
    if (this.#hosts.has(host)) return;
    this.#hosts.add(host);
    ip("netns", "add", this.#name(host));
    ip("-n", this.#name(host), "link", "set", "lo", "up");
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
