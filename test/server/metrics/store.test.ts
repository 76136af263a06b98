/** /metrics of a POP that follows a store, as the real program. */

import { expect, test, vi } from "vitest";
import { hasNode24 } from "../../support/need.ts";
import { until } from "../../transport/stream.ts";
import { StorePlace, untilAnswered } from "../storeplace.ts";

vi.setConfig({ testTimeout: 40_000 });

test.skipIf(!hasNode24())("how the store is followed, and since when each zone is known to be the newest", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const server = await place.serving();
  await place.push("a.example.", 2);
  await untilAnswered(server, "www.a.example", "v2");
  const scrape = async () => (await fetch(`http://127.0.0.1:${server.admin}/metrics`)).text();
  const number = async (series: string) => {
    const line = (await scrape()).split("\n").find((one) => one.startsWith(series));
    return line === undefined ? undefined : Number(line.split(" ")[1]);
  };
  expect(await number('zonecast_store_connected{pop="test1"}')).toBe(1);
  expect(await number('zonecast_store_refusals{pop="test1"}')).toBe(0);
  expect(await number("zonecast_store_position")).toBeGreaterThan(0);
  expect(await number('zonecast_zone_serial{zone="a.example."')).toBe(2);
  expect(await number('zonecast_zone_load_seconds{zone="a.example."')).toBeGreaterThan(0);
  await until(async () => (await number("zonecast_store_last_change_seconds")) !== undefined, "a change to be told of");
  expect(await number("zonecast_store_last_change_seconds")).toBeLessThan(10);
  for (const series of [
    "zonecast_store_heard_timestamp_seconds",
    'zonecast_zone_confirmed_timestamp_seconds{zone="a.example."',
    "zonecast_oldest_zone_confirmed_timestamp_seconds",
  ]) {
    expect(Math.abs(Date.now() / 1000 - ((await number(series)) ?? 0)), series).toBeLessThan(60);
  }
  expect(await number("zonecast_zone_rollout")).toBe(undefined);
  expect((await server.stop()).code).toBe(0);
});
