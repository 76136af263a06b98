/** A BIRD with a session over loopback for the speaker: its own folder, port and sockets. It needs no rights. */

import { execFile, spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";
import type { Level } from "../../../src/anycast/level.ts";
import { freePort } from "../../transport/port.ts";
import { DaemonProcess } from "./daemonprocess.ts";
import type { Daemon } from "./fixture.ts";

const run = promisify(execFile);

export interface BirdSettings {
  /** BIRD's own AS, and the one that it expects of us. */
  readonly as?: number;
  readonly peerAs?: number;
  readonly routerId?: string;
  /** Of loopback: where BIRD listens, and we come from. */
  readonly address?: string;
  /** Whom it takes sessions from, when that is not the same. */
  readonly peerAddress?: string;
  /** What it takes of us over IPv4. */
  readonly prefix?: string;
  /** More lines for the session. */
  readonly session?: string;
  /** Lines for each of the two channels; an empty list is a session without IPv6. */
  readonly channels?: readonly (4 | 6)[];
  readonly exports?: string;
  /** More of the configuration; `$PORT` is the port of the session. */
  readonly more?: string;
}

/** A route as BIRD has it. */
export interface BirdRoute {
  readonly prefix: string;
  /** The protocol that it comes from. */
  readonly from: string;
  /** Such as "BGP.med", with what is printed for it. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * As recommended. A scan each second, since BIRD 2.0.12 works off what a timer has begun when it wakes the next time, up
 * to 3 s later: a session whose hold time is over keeps its routes until then. Without its error times, BIRD refuses us
 * for a minute after a hold time that was over.
 */
function configuration(port: number, folder: string, settings: BirdSettings): string {
  const { as = 64500, peerAs = 64500, routerId = "192.0.2.9", session = "", more = "" } = settings;
  const { address = "127.0.0.1", peerAddress = address } = settings;
  const { channels = [4, 6], exports = "export none;" } = settings;
  const ours = { 4: settings.prefix ?? "198.51.100.0/24", 6: "2001:db8:53::/48" };
  const channel = (family: 4 | 6) => `ipv${family} {
    table ours${family};
    import filter { if net = ${ours[family]} then { dest = RTD_BLACKHOLE; accept; } reject; };
    import limit 4 action block;
    ${exports}
  };`;
  return `log "${join(folder, "log")}" all;
router id ${routerId};
ipv4 table ours4;
ipv6 table ours6;
protocol device { scan time 1; }
protocol bgp zonecast {
  local ${address} port ${port} as ${as};
  neighbor ${peerAddress} as ${peerAs};
  multihop 1; passive on; strict bind on; hold time 3; graceful restart off;
  error wait time 1, 2; error forget time 1; connect delay time 1;
  ${session}
  ${channels.map(channel).join("\n  ")}
}
${more.replaceAll("$PORT", String(port))}
`;
}

export class BirdDaemon extends DaemonProcess implements Daemon {
  readonly port: number;

  private constructor(port: number) {
    super("bird");
    this.port = port;
  }

  /** A BIRD that has its configuration, and does not run yet. */
  static async make(settings: BirdSettings = {}): Promise<BirdDaemon> {
    const daemon = new BirdDaemon(await freePort());
    await daemon.configure(settings);
    return daemon;
  }

  /** Writes another configuration; one that runs is told to read it. */
  async configure(settings: BirdSettings): Promise<void> {
    await writeFile(this.path("conf"), configuration(this.port, this.folder, settings));
    if (this.child) await this.ask("configure");
  }

  async start(): Promise<void> {
    await rm(this.path("ctl"), { force: true });
    const files = ["-c", this.path("conf"), "-s", this.path("ctl"), "-P", this.path("pid")];
    const child = spawn("bird", ["-f", ...files], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    this.child = child;
    await vi.waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`BIRD has ended: ${said}`);
        if (!(await this.ask("show status")).includes("up and running")) throw new Error("BIRD does not answer");
      },
      { timeout: 5000, interval: 20 },
    );
  }

  /** What birdc prints. */
  async ask(command: string): Promise<string> {
    const { stdout } = await run("birdc", ["-s", this.path("ctl"), command]);
    return stdout;
  }

  async allRoutes(): Promise<BirdRoute[]> {
    return birdRoutes(await this.ask("show route table all all"));
  }

  async routes(): Promise<ReadonlyMap<string, Level>> {
    const ours = (await this.allRoutes()).filter(({ from }) => from === "zonecast");
    return new Map(ours.map(({ prefix, attributes }) => [prefix, levelOf(attributes)]));
  }

  async activity(): Promise<number> {
    const text = await this.ask("show protocols all zonecast");
    const received = [...text.matchAll(/Import (?:updates|withdraws): +(\d+)/g)];
    return received.reduce((sum, [, count]) => sum + Number(count), 0);
  }
}

function levelOf(attributes: Readonly<Record<string, string>>): Level {
  if (attributes["BGP.community"] === "(65535,0)") return "draining";
  return attributes["BGP.large_community"] === "(64500, 1, 2)" ? "reserve" : "up";
}

/** Reads "show route all". */
function birdRoutes(text: string): BirdRoute[] {
  const routes: { prefix: string; from: string; attributes: Record<string, string> }[] = [];
  let prefix = "";
  for (const line of text.split("\n")) {
    const head = /^(?<net>\S+\/\d+)?\s+(?:blackhole|unreachable|unicast) \[(?<from>\S+) /.exec(line)?.groups;
    if (head) {
      prefix = head.net ?? prefix;
      routes.push({ prefix, from: head.from, attributes: {} });
    }
    const [, name, value] = /^\s+(BGP\.\w+): (.*)$/.exec(line) ?? [];
    const last = routes.at(-1);
    if (name && last) last.attributes[name] = value;
  }
  return routes;
}
