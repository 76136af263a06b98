/** A real nats-server under measurement: started on free ports, stopped, started again, and asked for what it has sent. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, lastWords, NotServing } from "./server.ts";
import { notInstalled, type Running, type Workplace } from "./workplace.ts";

const READY_MS = 15_000;
const ASK_EVERY_MS = 20;

/** Octets by the name of a connection, "zonecast" or "zonecast POP x": what its clients sent and were sent. */
export type Traffic = ReadonlyMap<string, { readonly sent: number; readonly received: number }>;

export interface NatsServer {
  readonly url: string;
  readonly version: string;
  readonly running: Running;
  start(): Promise<void>;
  stop(): Promise<void>;
  traffic(): Promise<Traffic>;
}

/** The program, and undefined when it is not installed. */
export function natsProgram(): string | undefined {
  const { NATS_SERVER: named } = process.env;
  if (named) return named;
  return notInstalled(["nats-server"]).length === 0 ? "nats-server" : undefined;
}

/** Starts a server with JetStream in a folder of its own, and otherwise as it comes. */
export async function startNats(place: Workplace): Promise<NatsServer> {
  const program = natsProgram() ?? "nats-server";
  const folder = place.folder();
  const [port, http] = [await freePort(), await freePort()];
  const file = join(folder, "nats.conf");
  const lines = [`listen: "127.0.0.1:${port}"`, `http: "127.0.0.1:${http}"`];
  writeFileSync(file, [...lines, `jetstream { store_dir: "${join(folder, "data")}" }`, ""].join("\n"));
  const version = (await place.run([program, "--version"])).trim();
  let running: Running | undefined;
  const server = {
    ...{ url: `nats://127.0.0.1:${port}`, version },
    get running() {
      if (running === undefined) throw new NotServing("nats-server is stopped");
      return running;
    },
    start: async () => {
      running = place.start([program, "-c", file]);
      await untilHealthy(running, http);
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
    traffic: () => trafficOf(http),
  };
  await server.start();
  return server;
}

async function untilHealthy(running: Running, http: number): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    if (running.ended() !== undefined) throw new NotServing(`nats-server: ${lastWords(running)}`);
    const healthy = await fetch(`http://127.0.0.1:${http}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await wait(ASK_EVERY_MS);
  }
  throw new NotServing(`nats-server is not ready after ${READY_MS / 1000} s`);
}

interface Connections {
  readonly connections: readonly { readonly name?: string; readonly in_bytes: number; readonly out_bytes: number }[];
}

/** Of connections that are closed, too. The server's "in" is what the client has sent. */
async function trafficOf(http: number): Promise<Traffic> {
  const answer = await fetch(`http://127.0.0.1:${http}/connz?state=any&limit=4096`);
  const { connections } = (await answer.json()) as Connections;
  const traffic = new Map<string, { sent: number; received: number }>();
  for (const { name = "", in_bytes, out_bytes } of connections) {
    const { sent, received } = traffic.get(name) ?? { sent: 0, received: 0 };
    traffic.set(name, { sent: sent + in_bytes, received: received + out_bytes });
  }
  return traffic;
}
