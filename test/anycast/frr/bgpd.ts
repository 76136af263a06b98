/** A bgpd of a test's own, without zebra and without a port: told over vtysh in a folder of its own. */

import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";
import { jsonAnswers } from "../../../src/anycast/frr/answers.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { DaemonProcess } from "../announcer/daemonprocess.ts";
import { type Daemon, PREFIX4, PREFIX6 } from "../announcer/fixture.ts";

const run = promisify(execFile);
const BGPD = "/usr/lib/frr/bgpd";

export const MAPS = `route-map ZONECAST-UP permit 10
route-map ZONECAST-RESERVE permit 10
 set metric 100
 set as-path prepend 64500 64500
route-map ZONECAST-DRAINING permit 10
 set community graceful-shutdown additive
 set metric 200
 set as-path prepend 64500 64500 64500
`;

export const ROUTER = `router bgp 64500
 bgp router-id 192.0.2.2
 no bgp network import-check
`;

interface Path {
  readonly metric?: number;
  readonly community?: { readonly string: string };
  readonly removed?: boolean;
}

export class Bgpd extends DaemonProcess implements Daemon {
  readonly vtysh: readonly string[];

  /** A bgpd that does not run yet. */
  constructor(config = ROUTER + MAPS) {
    super("frr");
    this.vtysh = ["vtysh", "--vty_socket", this.folder];
    const log = `log file ${join(this.folder, "log")} informational\nlog commands\n`;
    writeFileSync(join(this.folder, "bgpd.conf"), log + config);
  }

  async start(): Promise<void> {
    const own = ["-f", join(this.folder, "bgpd.conf"), "--vty_socket", this.folder, "-i", join(this.folder, "pid")];
    this.child = spawn(BGPD, ["--no_zebra", "-p", "0", "-P", "0", "-S", ...own], { stdio: "ignore" });
    await vi.waitFor(() => this.ask("show version"), { timeout: 5000, interval: 20 });
  }

  /** What vtysh prints for these commands. */
  async ask(...commands: string[]): Promise<string> {
    const args = [...this.vtysh.slice(1), "-d", "bgpd", ...commands.flatMap((command) => ["-c", command])];
    return (await run(this.vtysh[0], args)).stdout;
  }

  async routes(): Promise<ReadonlyMap<string, Level>> {
    const shows = [`show bgp ipv4 unicast ${PREFIX4} json`, `show bgp ipv6 unicast ${PREFIX6} json`];
    const answers = jsonAnswers(await this.ask(...shows)) as { prefix?: string; paths?: Path[] }[];
    const found = answers.flatMap(({ prefix = "", paths = [] }): [string, Level][] =>
      paths.filter(({ removed }) => removed !== true).map((path) => [prefix, levelOf(path)]),
    );
    return new Map(found);
  }

  async activity(): Promise<number> {
    return [...readFileSync(join(this.folder, "log"), "utf8").matchAll(/\bnetwork [0-9a-f]+[.:]/g)].length;
  }
}

function levelOf({ community, metric }: Path): Level {
  if (community?.string.includes("graceful-shutdown")) return "draining";
  return metric === 100 ? "reserve" : "up";
}
