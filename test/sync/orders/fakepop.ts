/** A POP that reports to a real store, hears others and follows orders, without a route to hold. */

import type { Trust } from "../../../src/sync/manifest/keys.ts";
import { FleetLink } from "../../../src/sync/orders/fleetlink.ts";
import type { HeardReport } from "../../../src/sync/orders/heard.ts";
import { ALL, type Order } from "../../../src/sync/orders/order.ts";
import { headLength, reportOctets } from "../../../src/sync/report.ts";
import type { Goal, ServiceStanding } from "../../../src/sync/standing.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { reportOf, standingOf } from "./standings.ts";

export interface FakeOptions {
  readonly services?: readonly string[];
  readonly last?: number;
  /** Why orders are refused. */
  readonly refuses?: string;
  /** It takes orders, and gets no further than to ask. */
  readonly asksOnly?: boolean;
}

const LEVELS = { serve: "up", drain: "off", reserve: "reserve" } as const;
const PHASES = { serve: "up", drain: "drained", reserve: "reserve" } as const;

export class FakePop {
  readonly name: string;
  readonly store: Store;
  readonly link: FleetLink;
  readonly heard: HeardReport[] = [];
  readonly orders: Order[] = [];
  readonly refused: string[] = [];
  readonly told: string[] = [];
  restarts = 0;
  standings: ServiceStanding[];
  readonly #options: FakeOptions;
  readonly #sent = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();

  constructor(name: string, store: Store, trust: Trust, options: FakeOptions = {}) {
    this.name = name;
    this.store = store;
    this.#options = options;
    this.standings = (options.services ?? ["ns1"]).map((service) => standingOf({ service }));
    this.link = new FleetLink({
      ...{ store, pop: name, trust, last: options.last ?? 0 },
      told: {
        heard: (report) => void this.heard.push(report),
        restarted: () => void this.restarts++,
        order: (order) => this.#order(order),
        refused: (why) => void this.refused.push(why),
      },
      surroundings: {
        now: Date.now,
        tell: (level, event, _, text) => void this.told.push(`${level} ${event} ${text}`),
      },
      sentAt: (at) => this.#sent.get(at),
      changed: () => void this.report(),
    });
  }

  /** Reports, and begins to listen. */
  async start(): Promise<void> {
    await this.report();
    this.link.start();
  }

  /** Sends a report of how it stands now, after those before. Never rejects. */
  report(at: string = new Date().toISOString()): Promise<void> {
    const { ordered } = this.link;
    const { name, standings } = this;
    const octets = reportOctets(reportOf(name, { at, every: 7.5, standings, ...(ordered ? { ordered } : {}) }));
    this.#sent.set(at, performance.now());
    this.#last = this.#last
      .then(() => this.store.report({ pop: name, octets, head: headLength(octets) }))
      .catch(() => {});
    return this.#last;
  }

  #order(order: Order): string | undefined {
    this.orders.push(order);
    if (this.#options.refuses !== undefined) return this.#options.refuses;
    void this.#carryOut(order);
    return undefined;
  }

  async #carryOut({ service, to, by, why, at, until }: Order): Promise<void> {
    const plan = { to, by, at, ...(why === undefined ? {} : { why }), ...(until === undefined ? {} : { until }) };
    const meant = (one: ServiceStanding) => service === ALL || one.service === service;
    const set = (more: Partial<ServiceStanding>) => {
      this.standings = this.standings.map((one) => (meant(one) ? { ...one, ...more } : one));
      return this.report();
    };
    await set({ plan, phase: "asking", why: "fra1 is draining" });
    if (this.#options.asksOnly) return;
    if (to === "drain") await set({ phase: "draining", why: undefined, prefixes: prefixes("draining") });
    await set({ phase: PHASES[to], why: undefined, prefixes: prefixes(LEVELS[to]) });
  }

  /** Plans something without an order. */
  async plans(service: string, to: Goal, at: number = Date.now()): Promise<void> {
    await this.#carryOut({ ...{ v: 1, pop: this.name, id: 1, service, to, by: "bob", at }, both: false, force: false });
  }

  async close(): Promise<void> {
    this.link.close();
    await this.#last;
    await this.store.close();
  }
}

function prefixes(level: "up" | "reserve" | "draining" | "off"): ServiceStanding["prefixes"] {
  return standingOf().prefixes.map(({ prefix }) => ({ prefix, level }));
}
