/** What the answering threads are made with, and the order in which they come. */

import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import type { Config } from "../config/schema.ts";
import type { Listen } from "../text/listen.ts";
import type { Bound } from "./messages.ts";
import type { AnswerThreads, ThreadSetup } from "./threads.ts";

type Setup = Omit<ThreadSetup, "kind">;

/** What all answering threads are made with. */
export function answerSetup(config: Config, pop: string, listen: readonly Listen[]): Setup {
  const secrets = config.cookies.secrets.filter((secret) => secret !== undefined);
  // Without configured secrets, cookies are good for this process only.
  const cookieSecrets = !config.cookies.enabled ? [] : secrets.length > 0 ? secrets : [randomBytes(16)];
  return {
    transport: config.transport,
    listen,
    shared: workersOf(config) > 1,
    alone: false,
    identity: pop,
    version: config.version,
    payload: config.udp.payload,
    cookieSecrets,
    tcp: { idle: config.tcp.idle, connections: config.tcp.connections, perClient: config.tcp["per-client"] },
  };
}

/**
 * Starts one thread for UDP and one for TCP, which bind. Rejects with an Error that says why they can't. UDP first, and
 * alone: a second server on the same port is noticed before it takes a query from the other.
 */
export async function bind(threads: AnswerThreads, setup: Setup): Promise<Bound> {
  const bound = await threads.start({ ...setup, kind: "udp", alone: true });
  await threads.start({ ...setup, kind: "tcp" });
  return bound;
}

/** Starts the other threads. */
export async function bindOthers(
  threads: AnswerThreads,
  config: Config,
  setup: Setup,
  { transport, why }: Bound,
  log: Logger,
): Promise<void> {
  const others = workersOf(config) - 1;
  await Promise.all(Array.from({ length: others }, () => threads.start({ ...setup, kind: "udp" })));
  const how = transport === "batch" ? "in batches" : "by node:dgram";
  log.info({ event: "transport", transport, why, workers: others + 1 }, `UDP ${how}: ${why}`);
}

/** UDP threads: as configured, or one for each core. */
function workersOf(config: Config): number {
  return config.workers === "auto" ? availableParallelism() : config.workers;
}
