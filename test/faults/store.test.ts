/**
 * The store is gone for an hour, of which the program has the time only (injected.ts). Lost: no query and no zone; what is
 * pushed when it is back is served.
 */

import { expect, vi } from "vitest";
import { Fleet, fleetTest } from "../sync/fleet/fleet.ts";
import { until } from "../transport/stream.ts";
import { faults } from "./faulty.ts";
import { lostOf, outcomesOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
const zone = (serial: number) =>
  `$TTL 60\n@ SOA ns h ${serial} 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nwww TXT "v${serial}"\n`;

fleetTest("the store is gone for an hour", async () => {
  const fleet = await Fleet.make();
  const { env, later } = faults();
  fleet.write("a.example.zone", zone(1));
  await fleet.push("a.example.zone");
  const { FAULTS, NODE_OPTIONS } = env;
  await fleet.serve({ pop: "fra1", environment: { FAULTS, NODE_OPTIONS } });
  const pop = fleet.pop("fra1");
  const load = await steady(pop.port, "www.a.example", 500);
  const confirmed = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${pop.admin}/metrics`)).text();
    const series = /^zonecast_oldest_zone_confirmed_timestamp_seconds\{.*\} (\S+)$/m.exec(metrics);
    return series === null ? undefined : Number(series[1]) * 1000;
  };
  // With its first report that the store takes.
  await until(async () => (await confirmed()) !== undefined, "the store to confirm what is served", 30_000);
  await fleet.forgetStore();
  await fleet.server?.stop("SIGKILL");
  await pop.logged("store.lost");
  later(HOUR_MS);
  // By its clock it is an hour later, and what it serves was confirmed an hour ago.
  expect(Math.abs(((await confirmed()) ?? Number.NaN) - Date.now())).toBeLessThan(HOUR_MS / 4);
  expect((await pop.status()).source.connected).toBe(false);
  expect(await pop.ask("www.a.example")).toBe("v1");
  await fleet.server?.start();
  fleet.write("a.example.zone", zone(2));
  await fleet.push("a.example.zone");
  await until(() => load.sent.some(({ outcome }) => outcome === "v2"), "the new version", 30_000);
  const [lost, back] = [pop.log("store.lost"), pop.log("store.connected")].map((lines) =>
    Date.parse(lines.at(-1)?.time ?? ""),
  );
  expect(back - lost).toBeGreaterThan(HOUR_MS);
  const sent = await load.stop();
  expect(lostOf(sent)).toEqual([]);
  expect(Object.keys(outcomesOf(sent))).toEqual(["v1", "v2"]);
  expect(pop.log("thread.hangs")).toEqual([]);
});
