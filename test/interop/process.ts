import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";

/** A started program. */
export type Process = {
  log(): string;
  /** Undefined while it runs. */
  ended(): string | undefined;
  /** Ends it by its process id, the hard way when it does not go within five seconds. */
  stop(): Promise<void>;
};

/** Starts a program in `cwd`, collecting what it writes. */
export function start(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Process {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let ended: string | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  child.on("error", (error) => (ended = error.message));
  // A test run that is broken off does not come to its clean-up, but does come here.
  const cleanUp = () => child.kill("SIGTERM");
  process.once("exit", cleanUp);
  child.on("exit", (code, signal) => {
    ended = `ended with ${signal ?? code}`;
    process.off("exit", cleanUp);
  });
  return { log: () => log, ended: () => ended, stop: () => stop(child, () => ended !== undefined) };
}

async function stop(child: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await exit;
  clearTimeout(timer);
}

/** A port of 127.0.0.1 that is free for UDP and TCP alike. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const address = tcp.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const free = await udpFree(address.port);
    tcp.close();
    await once(tcp, "close");
    if (free) return address.port;
  }
}

async function udpFree(port: number): Promise<boolean> {
  const udp = createSocket("udp4");
  const outcome = Promise.race([once(udp, "listening").then(() => true), once(udp, "error").then(() => false)]);
  udp.bind(port, "127.0.0.1");
  const free = await outcome.catch(() => false);
  if (free) udp.close();
  return free;
}

/** Deletes a directory and what is in it. */
export async function remove(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
