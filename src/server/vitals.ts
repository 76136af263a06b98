/** How this POP is doing, for its reports: counters that are sampled once a second, and what its routes did last. */

import type { Counters } from "../answer/counters.ts";
import type { Config } from "../config/schema.ts";
import {
  CLIENTS_MOST,
  type ClientShare,
  type Place,
  QPS_MOST,
  TRANSITIONS_MOST,
  type Transition,
  type Vitals,
} from "../sync/vitals.ts";
import { countsOf, takenBy } from "./counts.ts";
import type { Tell } from "./log.ts";

const SAMPLE_MS = 1000;
/** Types that are named, the commonest ones: a report goes through the store every few seconds, from every POP. */
const TYPES_MOST = 24;
/** Letters of a reason: twenty of them are in a report. */
const WHY_MOST = 160;
const OTHER = "OTHER";

export interface VitalsArgs {
  readonly place: Place | undefined;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly threads: readonly { readonly counters: Counters }[];
  /** Queries of our own so far: probes are no traffic. */
  own(): number;
  /** The busiest prefixes of clients, where somebody samples them. */
  clients?(): readonly ClientShare[];
  /** Milliseconds since 1970, and from any start that never jumps. */
  now(): number;
  monotonic(): number;
}

export class VitalSigns {
  readonly #args: VitalsArgs;
  readonly #qps: number[] = [];
  readonly #transitions: Transition[] = [];
  #last: { readonly at: number; readonly queries: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(args: VitalsArgs) {
    this.#args = args;
  }

  start(): void {
    this.sample();
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** To be called once a second. A timer comes late on a busy machine: what came is spread over the time that it took. */
  sample(): void {
    const at = this.#args.monotonic();
    const queries = takenBy(this.#args.threads) - this.#args.own();
    const last = this.#last;
    this.#last = { at, queries };
    if (last === undefined || at <= last.at) return;
    // A probe is counted when it is sent, and its query when it is taken: between them, there is less than nothing.
    this.#qps.push(Math.max(0, Math.round(((queries - last.queries) * 1000) / (at - last.at))));
    if (this.#qps.length > QPS_MOST) this.#qps.shift();
  }

  /** A `tell` that hears what becomes of routes (routes/levelline.ts) on its way to the log. */
  hearing(tell: Tell): Tell {
    return (level, event, facts, text) => {
      const { prefix, why } = facts;
      if (event.startsWith("route.") && typeof prefix === "string") {
        this.#moved(prefix, event.slice("route.".length), typeof why === "string" ? why : undefined);
      }
      tell(level, event, facts, text);
    };
  }

  #moved(prefix: string, to: string, why: string | undefined): void {
    const at = new Date(this.#args.now()).toISOString();
    this.#transitions.unshift({ at, prefix, to, ...(why === undefined ? {} : { why: why.slice(0, WHY_MOST) }) });
    this.#transitions.length = Math.min(this.#transitions.length, TRANSITIONS_MOST);
  }

  /** As of now. */
  get vitals(): Vitals {
    const { place, started, clients } = this.#args;
    const { queries, dropped, rcodes, types } = countsOf(this.#args.threads.map(({ counters }) => counters));
    return {
      ...(place === undefined ? {} : { place }),
      started: new Date(started).toISOString(),
      qps: [...this.#qps],
      rcodes,
      types: commonest(types),
      queries,
      dropped: dropped.forged + dropped.notAQuery + dropped.fault + dropped.unsent,
      clients: (clients?.() ?? []).slice(0, CLIENTS_MOST),
      transitions: [...this.#transitions],
    };
  }
}

/** The commonest by name, and the others together. */
function commonest(counts: Readonly<Record<string, number>>): Record<string, number> {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const named = Object.fromEntries(sorted.slice(0, TYPES_MOST));
  const rest = sorted.slice(TYPES_MOST).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? named : { ...named, [OTHER]: (named[OTHER] ?? 0) + rest };
}

/** Where this POP is, if it was said. */
export function placeOf({ place: { latitude, longitude, name } }: Config): Place | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  return { latitude, longitude, ...(name === undefined ? {} : { name }) };
}
