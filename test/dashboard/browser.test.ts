/** The page in a real browser: what people see, hear and reach by keyboard, and that nobody else is asked for anything. */

import type { Page } from "playwright-core";
import { describe, expect, test, vi } from "vitest";
import { browsing, hasChromium } from "./browser.ts";
import { LONDON, pop, push, SimulatedFleet, threePops, zone } from "./simulated.ts";
import { served } from "./web.ts";

vi.setConfig({ testTimeout: 30_000 });

const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
/** Contrast of a text with what lies behind it, WCAG 2.2 §1.4.3; run in the page. */
const CONTRASTS = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const ground = (node) => { for (let at = node; at; at = at.parentElement) { const own = rgba(getComputedStyle(at).backgroundColor); if (own[3] === 255) return own; } return [255, 255, 255]; };
  return [...document.querySelectorAll("main *")].filter((node) => !node.closest("svg, .plot") && node.checkVisibility() && [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim())).map((node) => {
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    return { text: node.textContent.slice(0, 30), contrast: (a + 0.05) / (b + 0.05) };
  });
})()`;

describe.skipIf(!hasChromium())("in Chromium", () => {
  const visit = browsing();
  const at = (port: number) => `http://127.0.0.1:${port}/dashboard/`;

  async function visited(fleet: SimulatedFleet, options = {}) {
    const web = await served(fleet, { limits: { clients: 9, every: 50, heartbeat: 5000, patience: 5000 } });
    return { fleet, web, ...(await visit(at(web.port), options)) };
  }

  test("three POPs are on the map and in the table, with headline, charts, pushes and zones", async () => {
    const { page, complaints } = await visited(new SimulatedFleet(threePops()));
    await page.waitForSelector("#pops-body tr:nth-child(3)");
    expect(await page.locator(".pin").count()).toBe(3);
    expect(await page.getByRole("button", { name: /^lon1, announcing, [\d,]+ queries per second$/ }).count()).toBe(1);
    expect(await page.textContent("#head-pops")).toBe("3/3");
    expect(await page.textContent("#head-store")).toBe("reached");
    expect(Number.parseFloat((await page.textContent("#head-qps")) ?? "")).toBeGreaterThan(1);
    expect(await page.locator("#qps-chart canvas").count()).toBe(1);
    expect(await page.locator(".push").textContent()).toContain("3 POPs in 210 ms");
    expect(await page.locator("#zones-body tr").count()).toBe(2);
    expect(await left(page, "lon1")).toBeGreaterThan(await left(page, "gru1"));
    expect(await left(page, "nrt1")).toBeGreaterThan(await left(page, "lon1"));
    expect(complaints).toEqual([]);
  });

  test("a POP that drains is said by shape, colour, word and to a screen reader, without a reload", async () => {
    const { fleet, page, complaints } = await visited(new SimulatedFleet(threePops()));
    await page.waitForSelector(".pin.announcing");
    expect(await page.locator(".pin.draining path, .pin.announcing path").count()).toBe(0);
    fleet.change("lon1", { state: "draining", why: "planned by anna@noc" });
    await page.waitForSelector(".pin.draining");
    expect(await page.locator(".pin.draining path").count()).toBe(1);
    expect(await page.locator("#pops-body tr").first().textContent()).toMatch(/lon1\s*planned by anna@noc\s*draining/);
    expect(await page.locator("#news").textContent()).toContain("lon1 is draining: planned by anna@noc");
    expect(await page.getAttribute("#news", "aria-live")).toBe("polite");
    expect(await page.textContent("#head-pops")).toBe("2/3");
    expect(complaints).toEqual([]);
  });

  test("new pushes and new figures arrive by themselves; a search is asked of the server", async () => {
    const { fleet, page, complaints } = await visited(new SimulatedFleet(threePops()));
    await page.waitForSelector("#zones-body tr");
    const zones = [...fleet.now.zones, zone("new.example.", ["lon1"])];
    fleet.become({ zones, zoneCount: 3, pushes: [push("new.example.", { lon1: 1500 }, { missing: ["gru1"] })] });
    await expect.poll(() => page.locator("#zones-body tr").count()).toBe(3);
    expect(await page.locator("#pushes-list").textContent()).toMatch(
      /new\.example\.[\s\S]+1\.5 s[\s\S]+waiting for gru1/,
    );
    await page.fill("#zones-search", "new.");
    await expect.poll(() => page.locator("#zones-body tr").count()).toBe(1);
    expect(fleet.asked.some(({ search }) => search === "new.")).toBe(true);
    await page.fill("#zones-search", "nothing");
    await page.waitForSelector("#zones-empty:not([hidden])");
    expect(complaints).toEqual([]);
  });

  test("what POPs and zones are called is text, whatever it is", async () => {
    const evil = pop(EVIL, { ...LONDON, name: EVIL }, { state: "stale", why: EVIL, release: EVIL, groups: [EVIL] });
    const vitals = {
      ...evil.vitals!,
      clients: [{ prefix: EVIL, share: 1 }],
      transitions: [{ at: EVIL, prefix: EVIL, to: EVIL, why: EVIL }],
    };
    const services = [
      { ...evil.services[0]!, service: EVIL, why: EVIL, prefixes: [{ prefix: EVIL, level: "up" as const }] },
    ];
    const { page, complaints } = await visited(
      new SimulatedFleet({
        ...threePops(),
        store: { where: EVIL, why: EVIL },
        pops: [{ ...evil, vitals, services, refused: [{ zone: EVIL, id: 1, serves: 0, serial: 1, why: EVIL }] }],
        zones: [zone(EVIL, [EVIL], { by: EVIL, cells: [{ pop: EVIL, state: "behind", serial: 1, why: EVIL }] })],
        pushes: [push(EVIL, { [EVIL]: 10 }, { missing: [EVIL] })],
      }),
    );
    await page.locator("#pops-body button").click();
    await page.waitForSelector("#detail .transitions");
    expect(await page.locator("img[src=x], main script, dialog script").count()).toBe(0);
    expect(await page.textContent("#detail-title")).toBe(EVIL);
    expect(await page.textContent("#zones-body code")).toBe(EVIL);
    expect(complaints).toEqual([]);
  });

  test("by keyboard: skip, POP, its detail, Escape, and back where one was", async () => {
    const { page, complaints } = await visited(new SimulatedFleet(threePops()));
    await page.waitForSelector("#pops-body tr");
    await page.keyboard.press("Tab");
    expect(await focus(page)).toContain("Skip to the POPs");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await focus(page)).toBe("gru1");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#detail[open]");
    expect(await page.getByRole("dialog", { name: "lon1" }).textContent()).toMatch(
      /Catchment[\s\S]*198\.51\.100\.0\/24[\s\S]*21\.4%/,
    );
    await page.keyboard.press("Escape");
    await page.waitForSelector("#detail:not([open])", { state: "attached" });
    expect(await focus(page)).toBe("lon1");
    for (let i = 0; i < 12 && (await focusId(page)) !== "zones-search"; i++) await page.keyboard.press("Tab");
    expect(await focusId(page)).toBe("zones-search");
    expect(complaints).toEqual([]);
  });

  test("nothing yet, the store lost, and the connection lost and found again are said", async () => {
    const empty = { ...threePops(), pops: [], zones: [], zoneCount: 0, pushes: [] };
    const { fleet, web, page } = await visited(new SimulatedFleet(empty));
    await page.waitForSelector("[data-state=live]");
    for (const part of ["pops", "zones", "pushes"]) expect(await page.isVisible(`#${part}-empty`)).toBe(true);
    fleet.become({ store: { where: "nats://hub:4222", why: "connection refused" } });
    await page.waitForSelector("#banner:not([hidden])");
    expect(await page.textContent("#banner")).toContain("The store is not reached: connection refused.");
    await page.route("**/events", (route) => route.abort());
    web.close();
    await page.waitForSelector("[data-state=lost]");
    expect(await page.textContent("#connection")).toContain("Connection lost, trying again");
    await page.unroute("**/events");
    await page.waitForSelector("[data-state=live]");
  });

  test("a phone of 360 pixels needs no sideways scrolling, not for the detail either", async () => {
    const long = zone("a-name-that-is-as-long-as-people-make-them.with.many.labels.example.com.", ["lon1"]);
    const fleet = new SimulatedFleet({ ...threePops(), zones: [long] });
    const { page, complaints } = await visited(fleet, { viewport: { width: 360, height: 740 }, hasTouch: true });
    await page.waitForSelector("#pops-body tr");
    const widest =
      "Math.max(...[document.documentElement, ...document.querySelectorAll('.scroll, dialog[open]')].map((one) => one.scrollWidth - one.clientWidth))";
    expect(await page.evaluate(widest)).toBe(0);
    await page.locator("#pops-body tr").first().tap();
    await page.waitForSelector("#detail .facts");
    expect(await page.evaluate(widest)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("%s: every text stands out from its ground by 4.5:1", async (colorScheme) => {
    const states = ["silent", "withdrawn", "draining", "starting", "stale", "reserve", "announcing"] as const;
    const pops = states.map((state) => pop(state, LONDON, { state, why: "why" }));
    const zones = [zone("a.", ["x"], { cells: [{ pop: "x", state: "refuses", serial: 1, why: undefined }] })];
    const { page } = await visited(
      new SimulatedFleet({ ...threePops(), pops, zones, store: { where: "x", why: "y" } }),
      { colorScheme },
    );
    await page.waitForSelector("#pops-body tr");
    const texts = (await page.evaluate(CONTRASTS)) as { text: string; contrast: number }[];
    expect(texts.length).toBeGreaterThan(40);
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
  });
});

function focus(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.textContent");
}

function focusId(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.id");
}

async function left(page: Page, name: string): Promise<number> {
  return (await page.locator(`.pin[data-key="${name}"]`).boundingBox())?.x ?? Number.NaN;
}
