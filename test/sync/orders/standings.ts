/** Standings, reports and orders as tests need them. */

import type { Order } from "../../../src/sync/orders/order.ts";
import { type PopReport, reportOctets } from "../../../src/sync/report.ts";
import type { ServiceStanding } from "../../../src/sync/standing.ts";

export function standingOf(more: Partial<ServiceStanding> = {}): ServiceStanding {
  return {
    service: "ns1",
    prefixes: [
      { prefix: "198.51.100.0/24", level: "up" },
      { prefix: "2001:db8:53::/48", level: "up" },
    ],
    phase: "up",
    why: undefined,
    plan: undefined,
    ask: undefined,
    ...more,
  };
}

export function reportOf(pop: string, more: Partial<PopReport> = {}): PopReport {
  return {
    ...{ v: 1, pop, groups: [], release: "test", at: new Date().toISOString(), every: 7.5, epoch: "e", position: 1 },
    ...{ ready: true, announcing: true, ask: [], zones: 1, digest: "", refusals: 0, refused: [], recent: [] },
    ...{ rollouts: [], standings: [standingOf()] },
    ...more,
  };
}

export function octetsOf(pop: string, more: Partial<PopReport> = {}): Uint8Array {
  return reportOctets(reportOf(pop, more));
}

export function orderOf(more: Partial<Order> = {}): Order {
  return {
    ...{ v: 1, pop: "lhr1", id: 1, service: "ns1", to: "drain", by: "alice@desk", at: Date.now() },
    ...{ both: false, force: false },
    ...more,
  } as Order;
}
