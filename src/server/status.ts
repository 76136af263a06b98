/** What this POP serves and what it could not load, as data; the zones are added by statustext.ts. */

import { type Listen, listenToText } from "../text/listen.ts";
import { countsOf } from "./counts.ts";
import type { Load } from "./load/load.ts";
import type { ServedZone } from "./messages.ts";
import type { Routes } from "./routes/open.ts";
import type { Tap } from "./tap/open.ts";
import type { AnswerThread } from "./threads.ts";
import type { ZoneSource } from "./zonesource.ts";

/** The state of the server that status tells. */
export interface Serving {
  readonly pop: string;
  readonly version: string;
  readonly listen: readonly Listen[];
  readonly started: number;
  readonly source: ZoneSource;
  readonly threads: readonly AnswerThread[];
  /** Whether more comes than they answer. */
  readonly load: Load;
  /** All zones that the threads hold. */
  held(): Iterable<ServedZone>;
  ready: boolean;
  /** Undefined for a POP that announces nothing. */
  routes?: Routes;
  /** What is copied of queries. */
  readonly tap?: Pick<Tap, "counts" | "clients">;
}

/** All but the zones, to be written as JSON. */
export function summaryOf(serving: Serving): Readonly<Record<string, unknown>> {
  return {
    pop: serving.pop,
    version: serving.version,
    ready: serving.ready,
    started: new Date(serving.started).toISOString(),
    listen: serving.listen.map(listenToText),
    threads: serving.threads.map(({ setup, bound, restarts }) => ({
      kind: setup.kind,
      /** "down" while a thread that died is being started again. */
      state: bound === undefined ? "down" : "serving",
      transport: bound?.transport,
      why: bound?.why || undefined,
      restarts,
    })),
    anycast: serving.routes?.keeper.status(),
    counts: countsOf(serving.threads.map(({ counters }) => counters)),
    tls: tlsOf(serving),
    overload: overloadOf(serving.load),
    tap: tapOf(serving),
    source: serving.source.status(),
    /** What the start is still waiting for. */
    waiting: serving.ready ? undefined : serving.source.waitsFor,
  };
}

/** Where and by which certificate DNS is served over TLS, if it is. */
function tlsOf({ threads }: Serving): Readonly<Record<string, unknown>> | undefined {
  for (const { setup } of threads) {
    if (setup.tls === undefined) continue;
    const { name, ends } = setup.tls.held.now;
    return { listen: setup.listen.map(listenToText), certificate: { name, ends: new Date(ends).toISOString() } };
  }
  return undefined;
}

/** What is dropped or shed of the last ten seconds' datagrams, in percent, and for how many seconds that has been much. */
function overloadOf({ percent, overloadedFor }: Load): Readonly<Record<string, unknown>> {
  return {
    seconds: overloadedFor === undefined ? undefined : Math.round(overloadedFor / 1000),
    dropped: percent === undefined ? undefined : Math.round(percent * 10) / 10,
  };
}

/** What becomes of tapped queries, and who asks most; nothing where nothing is tapped. */
function tapOf({ tap }: Serving): Readonly<Record<string, unknown>> | undefined {
  if (tap === undefined) return undefined;
  const [outputs, clients] = [tap.counts(), tap.clients()];
  return outputs.length + clients.length === 0 ? undefined : { outputs, clients };
}
