/** However many zones there are, the number of series stays. */

import { expect, test } from "vitest";
import { Counters } from "../../../src/answer/counters.ts";
import { ROW_CELLS, ZoneCounts } from "../../../src/answer/zonecounts.ts";
import { Load } from "../../../src/server/load/load.ts";
import { metricsText } from "../../../src/server/metrics/page.ts";
import type { Serving } from "../../../src/server/status.ts";
import type { ZoneFacts } from "../../../src/server/zonesource.ts";
import { nameFromText } from "../../../src/text/name.ts";
import { zoneFromText } from "../../support/server.ts";

const ZONES = 100_000;

/** A server with as many zones, of which zone i has had i queries. */
function serverWith(zones: number): { serving: Serving; cells: Float64Array } {
  const { buffer: image } = zoneFromText("example.", "@ 60 SOA a b 9 2 3 4 5\n@ 60 NS ns.example.net.\n", "many");
  const zoneCounts = new ZoneCounts(new ArrayBuffer((zones + 1) * ROW_CELLS * 8));
  for (let i = 1; i <= zones; i++) zoneCounts.cells[i * ROW_CELLS] = i;
  const held = Array.from({ length: zones }, (_, i) => ({
    ...{ apex: nameFromText(`z${i + 1}.example.`), image: i === 0 ? undefined : image, held: true, row: i + 1 },
  }));
  const facts = held.map(({ image: one }, i): ZoneFacts => {
    const state = one === undefined ? "failed" : i % 2 === 0 ? "stale" : "serving";
    const confirmed = one && 1_000_000 + i * 1000;
    return { state, image: one, confirmed, milliseconds: 2, name: () => `z${i + 1}.example.` };
  });
  const source = { facts: () => facts };
  const thread = { ...{ zoneCounts, counters: new Counters(), number: 1, standing: "answering", restarts: 0 } };
  const threads = [{ ...thread, setup: { kind: "udp", listen: [] } }];
  const load = new Load([]);
  const rest = { pop: "p", version: "1", listen: [], started: 0, ready: true };
  return {
    serving: { ...rest, source, threads, load, held: () => held } as unknown as Serving,
    cells: zoneCounts.cells,
  };
}

const linesOf = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(`${name}{`));

test("the busiest have series, all others one, and every zone is in the sums", async () => {
  const { serving, cells } = serverWith(ZONES);
  const text = metricsText(serving, { zones: 3 });
  const first = await text();
  const all = (ZONES * (ZONES + 1)) / 2;
  const busiest = ZONES + (ZONES - 1) + (ZONES - 2);
  expect(linesOf(first, "zonecast_zone_queries_total")).toEqual([
    `zonecast_zone_queries_total{zone="z${ZONES}.example.",pop="p"} ${ZONES}`,
    `zonecast_zone_queries_total{zone="z${ZONES - 1}.example.",pop="p"} ${ZONES - 1}`,
    `zonecast_zone_queries_total{zone="z${ZONES - 2}.example.",pop="p"} ${ZONES - 2}`,
    `zonecast_zone_queries_total{zone="other",pop="p"} ${all - busiest}`,
  ]);
  expect(linesOf(first, "zonecast_zone_responses_total")).toHaveLength(16);
  expect(linesOf(first, "zonecast_zone_serial")).toHaveLength(3);
  expect(linesOf(first, "zonecast_zone_stale")).toHaveLength(3);
  expect(linesOf(first, "zonecast_zones")).toEqual([
    `zonecast_zones{state="serving",pop="p"} ${ZONES / 2}`,
    `zonecast_zones{state="stale",pop="p"} ${ZONES / 2 - 1}`,
    'zonecast_zones{state="failed",pop="p"} 1',
  ]);
  // The one that failed was never confirmed: the second one is the oldest.
  expect(linesOf(first, "zonecast_oldest_zone_confirmed_timestamp_seconds")).toEqual([
    'zonecast_oldest_zone_confirmed_timestamp_seconds{pop="p"} 1001',
  ]);
  // A quiet zone becomes the busiest: it has its own series, and what others had is not taken back.
  cells[7 * ROW_CELLS] += ZONES;
  const second = linesOf(await text(), "zonecast_zone_queries_total");
  expect(second[0]).toBe(`zonecast_zone_queries_total{zone="z7.example.",pop="p"} ${ZONES + 7}`);
  expect(second).toHaveLength(4);
  expect(second[3]).toBe(`zonecast_zone_queries_total{zone="other",pop="p"} ${all - busiest + ZONES}`);
});

test("a scrape of many zones does not hold the main thread up", async () => {
  const text = metricsText(serverWith(ZONES).serving, { zones: 50 });
  // Of processor time: on a machine with other things to do, a slice may take any other.
  const used = () => process.cpuUsage().user / 1000;
  let longest = 0;
  let last = used();
  const timer = setInterval(() => {
    longest = Math.max(longest, used() - last);
    last = used();
  }, 1);
  await text();
  clearInterval(timer);
  // Slices are of 20 ms; V8 compiles and collects beside them.
  expect(longest).toBeLessThan(150);
});
