import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { client } from "./ask.ts";
import { type PeerName, peerKinds, type ZoneSource } from "./peerconfig.ts";
import { freePort, type Process, remove, start } from "./process.ts";
import type { Question } from "./query.ts";

/** A server under test or comparison, answering on 127.0.0.1. */
export type Served = {
  name: string;
  port: number;
  /** All it has written so far. */
  log(): string;
  stop(): Promise<void>;
};

/** Whether a program can be used. In CI every one has to be there, so that no comparison is silently left out. */
export function available(command: string): boolean {
  const path = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const found = path.some((dir) => existsSync(join(dir, command)));
  if (!found && process.env.CI === "true") throw new Error(`${command} is not installed, and CI may not do without it`);
  return found;
}

/** Whether one of the peers can be started here. */
export function peerAvailable(name: PeerName): boolean {
  return available(peerKinds[name].command);
}

/** Starts a peer with the given zones in a directory of its own and waits until it answers for every one of them. */
export async function startPeer(name: PeerName, zones: readonly ZoneSource[]): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), `interop-${name}-`));
  const port = await freePort();
  const kind = peerKinds[name];
  const file = join(dir, "server.conf");
  await writeFile(file, kind.config(port, dir, zones));
  const running = start(kind.command, kind.args(file), dir);
  const served: Served = {
    name,
    port,
    log: running.log,
    stop: async () => {
      await running.stop();
      await remove(dir);
    },
  };
  try {
    for (const zone of zones) await answersFor(running, port, zone.origin);
  } catch (error) {
    await served.stop();
    throw error;
  }
  return served;
}

/** All of the servers being started, or, when one of them does not come up, none: the others are stopped again. */
export async function allOrNone(starting: readonly Promise<Served>[]): Promise<Served[]> {
  const results = await Promise.allSettled(starting);
  const failed = results.find((result) => result.status === "rejected");
  const started = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (!failed) return started;
  await Promise.all(started.map(async (server) => server.stop()));
  throw failed.reason;
}

/** Waits until the server gives an authoritative SOA for `origin`. */
export async function answersFor(running: Process, port: number, origin: string): Promise<void> {
  await answers(running, port, { name: origin, type: "SOA" }, (answer) => (answer.readUInt16BE(2) & 0x040f) === 0x0400);
}

/** Asks a started server until it gives an answer that will do; throws, with its log, after 20 seconds or its end. */
export async function answers(
  running: Process,
  port: number,
  question: Question,
  accept: (answer: Buffer) => boolean,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  const asker = client(port, { timeout: 200, retries: 0 });
  try {
    while (Date.now() < deadline && running.ended() === undefined) {
      const answer = await asker.udp(question).catch(() => undefined);
      if (answer && answer.readUInt16BE(6) > 0 && accept(answer)) return;
      await setTimeout(50);
    }
  } finally {
    asker.close();
  }
  const state = running.ended() ?? `no answer for ${question.name} ${question.type}`;
  throw new Error(`${state}\n${running.log().slice(-3000)}`);
}
