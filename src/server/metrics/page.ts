/** GET /metrics: all that this POP counts and knows of itself, in the text format of Prometheus. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { collectDefaultMetrics, type Metric, Registry } from "prom-client";
import type { Serving } from "../status.ts";
import type { Family } from "./family.ts";
import { routeFamilies } from "./routes.ts";
import { serverFamilies } from "./server.ts";
import { storeFamilies } from "./store.ts";
import { tapFamilies } from "./tap.ts";
import { tlsFamilies } from "./tls.ts";
import { trafficFamilies } from "./traffic.ts";
import { zoneFamilies } from "./zonefamilies.ts";
import { ZoneLook } from "./zones.ts";

/** Gauges of prom-client's that are named as counters are, which promtool objects to; others say the same by type. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** As server/admin takes it. */
export interface MetricsPage {
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface MetricsOptions {
  /** Zones with series of their own. */
  readonly zones: number;
  /** What other parts of the server have counted. */
  readonly more?: readonly (() => readonly Family[])[];
}

/** The page for a server; each scrape reads what threads and keepers have at that moment. */
export function metricsPage(serving: Serving, options: MetricsOptions): MetricsPage {
  const text = metricsText(serving, options);
  return {
    path: "/metrics",
    handle: async (_request, response) => {
      const body = await text();
      response.writeHead(200, { "content-type": Registry.PROMETHEUS_CONTENT_TYPE, "cache-control": "no-store" });
      response.end(body);
    },
  };
}

/** Makes what reads all metrics as text. Scrapes at the same time are given the same text. */
export function metricsText(serving: Serving, { zones, more = [] }: MetricsOptions): () => Promise<string> {
  const { pop } = serving;
  const own = registryOf(pop);
  collectDefaultMetrics({ register: own });
  for (const name of MISNAMED) own.removeSingleMetric(name);
  const look = new ZoneLook(serving, zones);
  let reading: Promise<string> | undefined;
  const read = async () => {
    const counters = serving.threads.map((thread) => thread.counters);
    await serving.load.look();
    const store = serving.source.storeFacts?.();
    const routes = serving.routes?.keeper.facts;
    const families = [
      ...serverFamilies(serving),
      ...trafficFamilies(counters, serving.load),
      ...tlsFamilies(serving.threads),
      ...zoneFamilies(await look.take()),
      ...(store === undefined ? [] : storeFamilies(store)),
      ...(routes === undefined ? [] : routeFamilies(routes)),
      ...(serving.tap === undefined ? [] : tapFamilies(serving.tap.counts())),
      ...more.flatMap((families) => families()),
    ];
    return `${await textOf(families, pop)}\n${await own.metrics()}`;
  };
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

/**
 * A registry for this reading alone: what it has was counted elsewhere, so that there is nothing to be set in it, and all
 * its series are of one moment.
 */
function textOf(families: readonly Family[], pop: string): Promise<string> {
  const registry = registryOf(pop);
  for (const family of families) {
    // What a registry asks of a metric is its name and get(); its type has the rest of prom-client's own classes besides.
    registry.registerMetric({ name: family.name, get: async () => family } as unknown as Metric);
  }
  return registry.metrics();
}

function registryOf(pop: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ pop });
  return registry;
}
