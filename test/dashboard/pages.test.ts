/** What the dashboard answers over HTTP: files with tags, headers that keep code out, the search, and who may ask. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { placeOnMap, worldMap } from "../../src/dashboard/worldmap.ts";
import { whyUnsafe } from "../../src/server/admin/dashboardserver.ts";
import { SimulatedFleet, threePops, zone } from "./simulated.ts";
import { served } from "./web.ts";

const WEB = resolve(import.meta.dirname, "../../src/dashboard/web");

test("every file of the page is served with its type, and with a policy that lets in nothing else", async () => {
  const web = await served(new SimulatedFleet(threePops()));
  const names = [...readdirSync(WEB), "uplot.js", "uplot.css", "map.json", ""];
  for (const name of names) {
    const { status, headers } = await web.get(`/dashboard/${name}`);
    expect([name, status]).toEqual([name, 200]);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'self';/);
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-type"]).not.toBe("text/plain; charset=utf-8");
  }
  const { body } = await web.get("/dashboard/");
  expect(body).not.toMatch(/<style|style=|<script(?! type="module" src=)| on\w+=|https?:/);
});

test("a file that the browser has is not sent again", async () => {
  const web = await served(new SimulatedFleet(threePops()));
  const first = await web.get("/dashboard/main.js");
  expect(first.headers["cache-control"]).toBe("no-cache");
  const tag = String(first.headers.etag);
  const again = await web.get("/dashboard/main.js", { "if-none-match": `"other", ${tag}` });
  expect([again.status, again.body, again.headers.etag]).toEqual([304, "", tag]);
  expect((await web.get("/dashboard/main.js", { "if-none-match": '"other"' })).status).toBe(200);
  const zipped = await web.get("/dashboard/map.json", { "accept-encoding": "gzip" });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  expect(Number(zipped.headers["content-length"])).toBeLessThan(40_000);
  const head = await web.get("/dashboard/main.js", {}, "HEAD");
  expect([head.status, head.body]).toEqual([200, ""]);
});

test("nothing outside of the page's own files is reached", async () => {
  const web = await served(new SimulatedFleet(threePops()));
  for (const path of ["/dashboard/../pages.ts", "/dashboard/%2e%2e/pages.ts", "/dashboard/nothing", "/etc/passwd"]) {
    expect([path, (await web.get(path)).status]).toEqual([path, 404]);
  }
  expect((await web.get("/dashboard/<script>")).body).not.toContain("<script>");
  expect((await web.get("/dashboard")).headers.location).toBe("/dashboard/");
  expect((await web.get("/")).headers.location).toBe("/dashboard/");
  expect((await web.get("/dashboard/", {}, "POST")).status).toBe(405);
});

test("a search is asked of the source, with a bound", async () => {
  const fleet = new SimulatedFleet({
    ...threePops(),
    zones: [zone("a.example.", ["lon1"]), zone("b.example.", ["lon1"])],
  });
  const web = await served(fleet);
  const { body, headers } = await web.get("/dashboard/zones?search=b.ex");
  const { search, zones } = JSON.parse(body) as { search: string; zones: { zone: string; counts: unknown }[] };
  expect([search, zones.map((one) => one.zone)]).toEqual(["b.ex", ["b.example."]]);
  expect(zones[0]?.counts).toEqual({ serves: 1, behind: 0, refuses: 0, away: 0, none: 0 });
  expect(headers["cache-control"]).toBe("no-store");
  await web.get(`/dashboard/zones?search=${"x".repeat(2000)}`);
  expect(fleet.asked.at(-1)).toEqual({ zones: 100, search: "x".repeat(255) });
});

test("beyond this machine a token is demanded, and asked for", async () => {
  expect(whyUnsafe({ address: "0.0.0.0", port: 1, token: undefined })).toContain("set ZONECAST_ADMIN_TOKEN");
  expect(whyUnsafe({ address: "127.0.0.1", port: 1, token: "short" })).toContain("shorter than 16");
  expect(whyUnsafe({ address: "::1", port: 1, token: undefined })).toBeUndefined();
  const token = "0123456789abcdef";
  const web = await served(new SimulatedFleet(threePops()), { token });
  const basic = (password: string) => `Basic ${Buffer.from(`ops:${password}`).toString("base64")}`;
  const refused = await web.get("/dashboard/");
  expect([refused.status, refused.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("Basic")]);
  expect((await web.get("/dashboard/events", { authorization: "Bearer 0123456789abcdeX" })).status).toBe(401);
  expect((await web.get("/dashboard/", { authorization: basic("wrong") })).status).toBe(401);
  expect((await web.get("/dashboard/", { authorization: basic(token) })).status).toBe(200);
  expect((await web.get("/dashboard/", { authorization: `Bearer ${token}` })).status).toBe(200);
});

test("without a token, a foreign name that leads here is not answered", async () => {
  const web = await served(new SimulatedFleet(threePops()));
  expect((await web.get("/dashboard/", { host: "rebound.example.com" })).status).toBe(421);
  for (const host of ["localhost:8053", "[::1]:8053", "127.0.0.1"]) {
    expect((await web.get("/dashboard/", { host })).status).toBe(200);
  }
});

test("the map: London is north and east of São Paulo, and nothing is outside", () => {
  const { width, height, land, graticule } = worldMap();
  expect(land.length).toBeGreaterThan(20_000);
  expect(graticule).toMatch(/^M/);
  const [london, saoPaulo] = [placeOnMap(51.5, -0.1), placeOnMap(-23.5, -46.6)];
  expect(london[0]).toBeGreaterThan(saoPaulo[0]);
  expect(london[1]).toBeLessThan(saoPaulo[1]);
  expect(Math.abs(london[0] - width / 2)).toBeLessThan(2);
  for (const [latitude, longitude] of [
    [90, 0],
    [-90, 180],
    [0, -180],
    [84, 179],
  ] as const) {
    const [x, y] = placeOnMap(latitude, longitude);
    expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true);
  }
});

test("the page makes no markup of texts", () => {
  for (const name of readdirSync(WEB).filter((one) => one.endsWith(".js"))) {
    const text = readFileSync(join(WEB, name), "utf8");
    expect([name, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/.test(text)]).toEqual([
      name,
      false,
    ]);
    expect([name, text.startsWith("/**"), text.split("\n").length < 301]).toEqual([name, true, true]);
  }
});
