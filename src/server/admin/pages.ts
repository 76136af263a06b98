/** All pages of the admin server, in one place: whoever has another adds it here. */

import type { Config } from "../../config/schema.ts";
import { metricsPage } from "../metrics/page.ts";
import { askIdentity } from "../probe.ts";
import type { Serving } from "../status.ts";
import { fleetPages } from "./fleetpages.ts";
import type { Page } from "./page.ts";
import { readiness } from "./readiness.ts";
import { healthPage, readyPage, statusPage } from "./statuspages.ts";

export interface PagesArgs {
  readonly config: Config;
  readonly serving: Serving;
  /** Whether the pages for browsers are wanted. */
  readonly dashboard: boolean;
}

/** The pages that this POP has. */
export function adminPages({ config, serving, dashboard }: PagesArgs): readonly Page[] {
  const { pop, version } = serving;
  const required = config.anycast.require.flatMap(({ zone }) => (zone === undefined ? [] : [zone]));
  const reasons = readiness({ serving, required, ask: askIdentity, now: () => performance.now() });
  const watchFleet = serving.source.watchFleet?.bind(serving.source);
  return [
    healthPage(pop, version),
    readyPage(pop, reasons),
    statusPage(serving),
    metricsPage(serving, config.metrics),
    ...(dashboard && watchFleet ? fleetPages({ pop, watchFleet }) : []),
  ];
}
