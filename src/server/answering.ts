/** What the answering threads are made with, and the order in which they come. */

import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { platform } from "node:process";
import { setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import { aclTable } from "../answer/acl.ts";
import { type AclConfig, rulesOf } from "../config/acl.ts";
import type { Config } from "../config/schema.ts";
import type { Listen } from "../text/listen.ts";
import { teller } from "./log.ts";
import type { Bound } from "./messages.ts";
import { limitSetup } from "./ratelimit/setup.ts";
import { watchLimits } from "./ratelimit/watch.ts";
import type { AnswerThreads, ThreadSetup } from "./threads.ts";

/**
 * How much V8 puts together when it compiles one function, in octets of bytecode; it would take 920. What becomes of a query
 * is some dozens of small functions: calls between them took 30 of 200 ns, and 100 more with rate limits (measured).
 */
const INLINED = 3000;

type Setup = Omit<ThreadSetup, "kind" | "tls">;

/** What all answering threads are made with; `inherited` are the cookie secrets of the process before. */
export function answerSetup(
  config: Config,
  pop: string,
  listen: readonly Listen[],
  inherited: readonly Uint8Array[] = [],
): Setup {
  const secrets = config.cookies.secrets.filter((secret) => secret !== undefined);
  // Without configured secrets, cookies are good for this process only, and for those that take its place.
  const made = inherited.length > 0 ? inherited : [randomBytes(16)];
  const cookieSecrets = !config.cookies.enabled ? [] : secrets.length > 0 ? secrets : made;
  return {
    transport: config.transport,
    listen,
    // With one worker too: a process that takes this one's place must be able to have the addresses at the same time.
    shared: workersOf(config) > 1 || platform === "linux",
    alone: false,
    identity: pop,
    version: config.version,
    payload: config.udp.payload,
    stale: config.udp.stale,
    gate: config.udp.gate,
    unverified: config.udp.unverified === "payload" ? undefined : config.udp.unverified,
    cookieSecrets,
    tcp: { ...config.tcp, perClient: config.tcp["per-client"] },
    acl: aclSetup(config.acl, listen),
    limits: limitSetup(config.rrl, listen),
  };
}

/** The addresses that are served are this POP's own: it asks itself from there, and is never denied. */
function aclSetup({ queries, denied }: AclConfig, own: readonly Listen[]): Setup["acl"] {
  const rules = rulesOf(queries, own);
  return rules.length === 0 ? undefined : { table: aclTable(rules), drops: denied === "drop" };
}

/**
 * Starts one thread for UDP and one for TCP, which bind. Rejects with an Error that says why they can't. UDP first, and
 * alone: a second server on the same port is noticed before it takes a query from the other. `beside`: one is there, and
 * is to be replaced.
 */
export async function bind(threads: AnswerThreads, setup: Setup, beside: boolean): Promise<Bound> {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED}`);
  const bound = await threads.start({ ...setup, kind: "udp", alone: !beside });
  await threads.start({ ...setup, kind: "tcp" });
  return bound;
}

/** Starts the other threads: those for UDP, and the one for TLS. */
export async function bindOthers(
  threads: AnswerThreads,
  config: Config,
  setup: Setup,
  { transport, why }: Bound,
  log: Logger,
): Promise<void> {
  if (setup.limits) watchLimits(setup.limits, log);
  const others = workersOf(config) - 1;
  await Promise.all(Array.from({ length: others }, () => threads.start({ ...setup, kind: "udp" })));
  // Not at the top: most servers do without.
  if (config.tls.cert !== undefined) await (await import("./tls/open.ts")).openTls(config, setup, threads, teller(log));
  const how = transport === "batch" ? "in batches" : "by node:dgram";
  threads.load.start(teller(log));
  log.info({ event: "transport", transport, why, workers: others + 1 }, `UDP ${how}: ${why}`);
}

/** UDP threads: as configured, or one for each core. */
function workersOf(config: Config): number {
  return config.workers === "auto" ? availableParallelism() : config.workers;
}
