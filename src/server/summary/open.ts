/** Opens the daily summary of a server whose configuration wants one. */

import type { Logger } from "pino";
import type { Config } from "../../config/schema.ts";
import { sumsOf } from "../counts.ts";
import { teller } from "../log.ts";
import type { Serving } from "../status.ts";
import type { DailySummary } from "./daily.ts";

/** Of each day, where the configuration wants them. */
export async function summaryOf(
  config: Config,
  { pop, threads }: Serving,
  log: Logger,
): Promise<DailySummary | undefined> {
  if (config.summary === undefined) return undefined;
  const { DailySummary } = await import("./daily.ts");
  const sums = () => sumsOf(threads.map(({ counters }) => counters));
  const args = { directory: config.summary, service: pop, sums, now: Date.now, tell: teller(log) };
  const summary = new DailySummary(args);
  await summary.begin();
  return summary;
}
