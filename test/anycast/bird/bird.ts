/** A BIRD of a test's own, with a configuration, a socket and a process that can be stopped, hung and killed. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { staticToText } from "../../../src/anycast/bird/statics.ts";

export interface Bird {
  readonly socket: string;
  readonly pid: number;
  /** What birdc prints. */
  ask(command: string): string;
  /** Names of the protocols that are up. */
  up(): string[];
  /** Another configuration, read by "birdc configure". */
  configure(config: string): void;
  /** Ends the process; "KILL" and "STOP" as well. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again after its end, in the same place. */
  again(): Promise<void>;
  stop(): void;
}

/** The protocols of ours for these prefixes, at all levels, without anything else. */
export function staticsFor(prefixes: readonly string[]): string {
  const levels = ["up", "reserve", "draining"] as const;
  return prefixes.flatMap((prefix) => levels.map((level) => staticToText({ prefix, level }))).join("\n");
}

/** Starts BIRD; waits until its socket answers. */
export async function startBird(config: string): Promise<Bird> {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-bird-"));
  const [file, socket] = [join(folder, "bird.conf"), join(folder, "bird.ctl")];
  const write = (text: string) => writeFileSync(file, `router id 192.0.2.1;\nprotocol device {}\n${text}\n`);
  const ask = (command: string) => spawnSync("birdc", ["-s", socket, command], { encoding: "utf8" }).stdout ?? "";
  let child: ChildProcess;
  const again = async () => {
    rmSync(socket, { force: true });
    child = spawn("bird", ["-f", "-c", file, "-s", socket, "-P", join(folder, "pid")], { stdio: "ignore" });
    await vi.waitFor(() => expect(existsSync(socket) && ask("show status")).toContain("up and running"), 5000);
  };
  write(config);
  await again();
  return {
    socket,
    get pid() {
      return child.pid ?? 0;
    },
    ask,
    up: () => [...ask("show protocols").matchAll(/^(zonecast\S+) +Static +\S+ +up /gm)].map(([, name]) => name).sort(),
    configure(text) {
      write(text);
      ask("configure");
    },
    signal: (signal) => void child.kill(signal),
    again,
    stop() {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
