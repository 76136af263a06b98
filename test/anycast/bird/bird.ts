/** A BIRD of a test's own, told over its control socket: it can be stopped, hung, killed and configured anew. */

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, vi } from "vitest";
import { staticToText } from "../../../src/anycast/bird/statics.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { DaemonProcess } from "../announcer/daemonprocess.ts";
import type { Daemon } from "../announcer/fixture.ts";

/** The protocols of ours for these prefixes, at all levels, without anything else. */
export function staticsFor(prefixes: readonly string[]): string {
  const levels = ["up", "reserve", "draining"] as const;
  return prefixes.flatMap((prefix) => levels.map((level) => staticToText({ prefix, level }))).join("\n");
}

export class Bird extends DaemonProcess implements Daemon {
  readonly socket: string;

  /** A BIRD that does not run yet. */
  constructor(config: string) {
    super("bird");
    this.socket = this.path("ctl");
    this.#write(config);
  }

  async start(): Promise<void> {
    rmSync(this.socket, { force: true });
    const args = ["-f", "-c", this.path("conf"), "-s", this.socket, "-P", this.path("pid")];
    this.child = spawn("bird", args, { stdio: "ignore" });
    await vi.waitFor(() => expect(this.ask("show status")).toContain("up and running"), {
      timeout: 5000,
      interval: 20,
    });
  }

  /** What birdc prints. */
  ask(command: string): string {
    return spawnSync("birdc", ["-s", this.socket, command], { encoding: "utf8" }).stdout ?? "";
  }

  /** Names of our protocols that are up. */
  up(): string[] {
    const found = this.ask("show protocols").matchAll(/^(zonecast\S+) +Static +\S+ +up /gm);
    return [...found].map(([, name]) => name).sort();
  }

  /** Another configuration, read by "birdc configure". */
  configure(config: string): void {
    this.#write(config);
    this.ask("configure");
  }

  async routes(): Promise<ReadonlyMap<string, Level>> {
    const best = this.ask("show route primary").matchAll(/^(\S+\/\d+) +blackhole \[zonecast_([a-z]+)_/gm);
    return new Map([...best].map(([, prefix, level]) => [prefix, level as Level]));
  }

  async activity(): Promise<number> {
    return [...readFileSync(this.path("log"), "utf8").matchAll(/ zonecast_\S+: State changed to (?:up|down)$/gm)]
      .length;
  }

  #write(config: string): void {
    const log = `log "${this.path("log")}" all;\ndebug protocols { states };`;
    writeFileSync(this.path("conf"), `${log}\nrouter id 192.0.2.1;\nprotocol device { scan time 1; }\n${config}\n`);
  }
}

/** Starts BIRD; waits until its socket answers. */
export async function startBird(config: string): Promise<Bird> {
  const bird = new Bird(config);
  await bird.start();
  return bird;
}
