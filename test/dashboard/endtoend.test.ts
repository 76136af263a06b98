/** zonecast dashboard before real POPs that follow a store: what they serve is on the page, and a push arrives there. */

import { expect, test, vi } from "vitest";
import { popOf } from "../cli/fleetplace.ts";
import { run, start } from "../server/program.ts";
import { StorePlace } from "../server/storeplace.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { browsing, hasChromium } from "./browser.ts";

vi.setConfig({ testTimeout: 60_000 });

const visit = browsing();
const PLACES = {
  gru1: "place: { latitude: -23.55, longitude: -46.63, name: 'São Paulo, BR' }",
  lon1: "place: { latitude: 51.51, longitude: -0.13, name: 'London, UK' }",
  nrt1: "place: { latitude: 35.68, longitude: 139.69, name: 'Tokyo, JP' }",
};

test.skipIf(!hasNode24() || !hasChromium())("three POPs, and a push that arrives", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  await Promise.all(Object.entries(PLACES).map(([name, config]) => popOf(place, name, config)));
  const port = await freePort();
  const dashboard = start(["dashboard", "--store", place.where, "--listen", `127.0.0.1@${port}`]);
  await until(() => dashboard.stdout !== "" || dashboard.child.exitCode !== null, "the dashboard", 20_000);
  expect([dashboard.stdout, dashboard.stderr]).toEqual([
    `the dashboard of ${place.where} is at http://127.0.0.1:${port}/dashboard/\n`,
    "",
  ]);
  const { page, complaints } = await visit(`http://127.0.0.1:${port}/dashboard/`);
  const wait = { timeout: 20_000, interval: 50 };
  await expect.poll(() => page.locator(".pin.announcing").count(), wait).toBe(3);
  expect(await page.textContent("#head-store-sub")).toBe(place.where);
  await place.push("a.example.", 2);
  await expect.poll(() => page.locator("#zones-body tr").first().textContent(), wait).toMatch(/^a\.example\.2.*all 3/);
  await expect
    .poll(() => page.locator("#pushes-list > li").first().textContent(), wait)
    .toMatch(/a\.example\..* 2.*3 POPs in/);
  expect(complaints).toEqual([]);
  dashboard.child.kill("SIGTERM");
  expect(await dashboard.exit).toEqual({ code: 0, signal: null });
});

test.skipIf(!hasNode24() || !hasChromium())("a POP shows the fleet at its own admin server", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const { admin } = await popOf(place, "lon1", PLACES.lon1);
  const { page, complaints } = await visit(`http://127.0.0.1:${admin}/dashboard/`);
  const wait = { timeout: 20_000, interval: 50 };
  await expect.poll(() => page.locator(".pin.announcing").count(), wait).toBe(1);
  await place.push("a.example.", 2);
  await expect.poll(() => page.locator("#zones-body tr").first().textContent(), wait).toMatch(/^a\.example\.2/);
  // Longer than any other answer may be without an octet: the events go on.
  await page.waitForTimeout(12_000);
  await place.push("a.example.", 3);
  await expect.poll(() => page.locator("#zones-body tr").first().textContent(), wait).toMatch(/^a\.example\.3/);
  expect(complaints).toEqual([]);
});

test("the verb refuses what is not safe, and says what to do", async () => {
  const place = await StorePlace.make();
  const { stderr, code } = await run(["dashboard", "--store", place.where, "--listen", "0.0.0.0@8053"]);
  expect(code).toBe(2);
  expect(stderr).toContain("0.0.0.0 is reached from other machines: set ZONECAST_ADMIN_TOKEN");
  const wrong = await run(["dashboard", "--store", place.where, "--listen", "nowhere"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--listen: expected ADDR@PORT")]);
});
