/** A server under measurement: started, timed to its first right answer, stopped. */

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { encode } from "dns-packet";
import type { Contender, Task } from "./contenders.ts";
import type { Command, Running, Workplace } from "./workplace.ts";

/** A server that has not answered by then will not. */
const GIVE_UP_MS = 120_000;
const ASK_EVERY_MS = 2;
const LEAST_PORT = 12_000;
const PORTS = 18_000;

export interface Serving {
  readonly running: Running;
  readonly port: number;
  /** From the start of the process to the first right answer. */
  readonly seconds: number;
}

/** A server or its zones could not be brought up: it is left out, by name, and the run goes on. */
export class NotServing extends Error {}

/** Starts a contender, on one core or anywhere, and waits until it answers for each of the names. */
export async function serve(
  place: Workplace,
  contender: Contender,
  task: Task,
  names: readonly string[],
  core?: number,
): Promise<Serving> {
  try {
    for (const command of contender.prepare?.(task) ?? []) await place.run(command);
  } catch (error) {
    throw new NotServing((error as Error).message);
  }
  return serveCommand(place, contender.command(task), task.port, names, { core, echo: contender.echo ?? false });
}

/** The same for any command. An echo answers when it sends anything. Throws NotServing with the server's own words. */
export async function serveCommand(
  place: Workplace,
  command: Command,
  port: number,
  names: readonly string[],
  { core, echo, address }: { core?: number | undefined; echo?: boolean; address?: string } = {},
): Promise<Serving> {
  const running = place.start(command, core);
  try {
    for (const name of names) await untilAnswered(running, port, name, echo ?? false, address);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { running, port, seconds: (performance.now() - running.started) / 1000 };
}

/** Asks for A until the reply is an answer or a referral. */
async function untilAnswered(
  running: Running,
  port: number,
  name: string,
  echo: boolean,
  address = "127.0.0.1",
): Promise<void> {
  const socket = createSocket("udp4");
  const query = encode({ type: "query", id: 1, questions: [{ type: "A", name }] });
  let answered = false;
  socket.on("message", (reply) => {
    answered ||= echo || ((reply[3] & 15) === 0 && reply[7] + reply[9] > 0);
  });
  // A port that nobody listens on yet.
  socket.on("error", () => {});
  const deadline = performance.now() + GIVE_UP_MS;
  try {
    while (!answered) {
      if (running.ended() !== undefined) throw new NotServing(lastWords(running));
      if (performance.now() > deadline) throw new NotServing(`no answer for ${name} in ${GIVE_UP_MS / 1000} s`);
      socket.send(query, port, address);
      await wait(ASK_EVERY_MS);
    }
  } finally {
    socket.close();
  }
}

/** How a server ended, and the last of what it said. */
export function lastWords(running: Running): string {
  const lines = running.output().trim().split("\n");
  return `${running.ended()}: ${lines.slice(-3).join(" / ").slice(-300)}`;
}

/**
 * A port that nobody has, over UDP or TCP. Not one of those that the system gives to clients: one of theirs could have
 * it by the time that a server starts again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LEAST_PORT + Math.floor(Math.random() * PORTS);
    if ((await canBindUdp(port)) && (await canListenTcp(port))) return port;
  }
}

function canBindUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}

function canListenTcp(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
