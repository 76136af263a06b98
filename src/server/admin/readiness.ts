/** Whether this POP is ready to be asked: its zones are there, and every address answers a query of our own. */

import type { Listen } from "../../text/listen.ts";
import { listenToText } from "../../text/listen.ts";
import { absoluteName, nameToText } from "../../text/name.ts";
import type { askIdentity } from "../probe.ts";
import type { Serving } from "../status.ts";

/** How long an answer may take, and how long what was found is told to others who ask: one may ask a million times. */
const TIMEOUT_MS = 500;
const KEPT_MS = 1000;

export interface ReadinessArgs {
  readonly serving: Pick<Serving, "ready" | "pop" | "listen" | "source">;
  /** Zones without which it is not ready; without any, it is once all have been tried. */
  readonly required: readonly string[];
  readonly ask: typeof askIdentity;
  readonly now: () => number;
}

/** Why it is not ready, as sentences; none when it is. Those who ask within a second of each other share one look. */
export function readiness(args: ReadinessArgs): () => Promise<readonly string[]> {
  const required = args.required.map((zone) => nameToText(absoluteName(zone.toLowerCase())));
  let found: Promise<readonly string[]> | undefined;
  let at = 0;
  return () => {
    if (found === undefined || args.now() - at >= KEPT_MS) {
      at = args.now();
      found = look(args, required);
    }
    return found;
  };
}

async function look({ serving, ask }: ReadinessArgs, required: readonly string[]): Promise<readonly string[]> {
  const zones = required.length > 0 ? missing(serving, required) : starting(serving);
  const silent = serving.listen.flatMap((address) =>
    (["udp", "tcp"] as const).map((protocol) => silence(ask, address, protocol, serving.pop)),
  );
  return [...zones, ...(await Promise.all(silent)).flat()];
}

function starting({ ready, source }: ReadinessArgs["serving"]): string[] {
  if (ready) return [];
  return [source.waitsFor === undefined ? "zones are being loaded" : `the start waits for ${source.waitsFor}`];
}

function missing({ source }: ReadinessArgs["serving"], required: readonly string[]): string[] {
  const wanted = new Set(required);
  for (const [zone, served] of source.names()) if (served && zone !== undefined) wanted.delete(zone);
  return [...wanted].map((zone) => `zone ${zone} is required (anycast.require), and not served: see /status`);
}

async function silence(ask: ReadinessArgs["ask"], address: Listen, protocol: "udp" | "tcp", pop: string) {
  const where = `${listenToText(address)}/${protocol}`;
  try {
    const identity = await ask(address, protocol, TIMEOUT_MS);
    return identity === pop ? [] : [`${where} is answered by "${identity}": another server has this port`];
  } catch (error) {
    return [`${where} does not answer our own query: ${(error as Error).message}`];
  }
}
