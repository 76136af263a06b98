/** zonecast drain, undrain and reserve through the store, to POPs that follow. */

import { expect, test, vi } from "vitest";
import { standingOf } from "../sync/orders/standings.ts";
import { planned, refused } from "./planned.ts";

vi.setConfig({ testTimeout: 60_000 });

const HOUR = 3_600_000;

test("drain, reserve and undrain are waited for, each step is told, and the POP has it in words", () =>
  planned(async (desk) => {
    const lhr = await desk.pop("lhr1");
    const drained = await desk.run("drain", "lhr1", "--reason", "kernel\nupgrade", "--for", "2h", "--wait");
    expect([drained.code, drained.stderr]).toEqual([0, ""]);
    const lines = drained.stdout.trim().split("\n");
    expect(lines[0]).toBe("lhr1 is told to drain ns1 (order 1)");
    expect(lines.at(-1)).toMatch(/^lhr1 ns1: drained after \d+ ms$/);
    const [order] = lhr.orders;
    expect(order).toMatchObject({ id: 1, service: "ns1", to: "drain", by: "alice@desk", why: "kernel upgrade" });
    expect((order.until ?? 0) - order.at).toBe(2 * HOUR);
    const reserve = await desk.run("reserve", "lhr1", "--wait", "--json");
    const document = JSON.parse(reserve.stdout);
    expect(document).toMatchObject({ pop: "lhr1", outcome: "done", order: { id: 2, to: "reserve" } });
    expect(document.standings[0]).toMatchObject({ service: "ns1", phase: "reserve" });
    expect((await desk.run("undrain", "lhr1", "--wait")).stdout).toMatch(/lhr1 ns1: up after/);
    expect(lhr.orders.map(({ to }) => to)).toEqual(["drain", "reserve", "serve"]);
  }));

test("without --wait it is only told; a POP that is silent takes it when it is back", () =>
  planned(async (desk) => {
    await desk.left("fra1", { at: new Date(Date.now() - 30 * 60_000).toISOString() });
    const { code, stdout } = await desk.run("drain", "fra1");
    expect([code, stdout]).toEqual([
      0,
      "fra1 is told to drain ns1 (order 1)\nfra1 has not reported for 30 min: it takes the order when it is back\n",
    ]);
    const fra = await desk.pop("fra1");
    await vi.waitFor(() => expect(fra.orders).toHaveLength(1), { timeout: 10_000 });
  }));

test("a POP that nobody knows, a service that it has not, and one of two that is not named", () =>
  planned(async (desk) => {
    expect(await refused(desk.run("drain", "lhr1"), 1)).toContain("no POP has reported to");
    await desk.pop("lhr1", { services: ["ns1", "ns2"] });
    await desk.left("fra1", { standings: [] });
    expect(await refused(desk.run("drain", "lhr2"), 1)).toContain("lhr2 is not known at");
    expect(await refused(desk.run("drain", "lhr2"), 1)).toContain(": there is fra1, lhr1");
    expect(await refused(desk.run("drain", "lhr1"), 1)).toBe(
      "lhr1 has 2 services, ns1, ns2: say --service NAME, or --all",
    );
    expect(await refused(desk.run("drain", "lhr1", "--service", "ns3"), 1)).toBe(
      "lhr1 has no service ns3: it has ns1, ns2",
    );
    expect(await refused(desk.run("drain", "fra1"), 1)).toContain("fra1 announces no prefix itself");
    for (const pop of ["lhr1", "lhr2", "fra1"]) expect(await desk.orders(pop)).toBe(0);
  }));

test("one service of a fleet at a time, unless --both", () =>
  planned(async (desk) => {
    const lhr = await desk.pop("lhr1", { services: ["ns1", "ns2"] });
    const fra = await desk.pop("fra1", { services: ["ns1", "ns2"] });
    await fra.plans("ns2", "drain", Date.now() - HOUR);
    const still = await refused(desk.run("drain", "lhr1", "--service", "ns1"), 1);
    expect(still).toContain("ns2 is drained at fra1");
    await fra.plans("ns2", "serve", Date.now() - 60_000);
    const lately = await refused(desk.run("reserve", "lhr1", "--service", "ns1"), 1);
    expect(lately).toMatch(/^ns2 was changed \d+ s ago at fra1: .*--both$/);
    expect(await refused(desk.run("drain", "lhr1", "--all"), 1)).toContain("ns1, ns2 at once");
    // The same service elsewhere is the fleet's matter, which the POP asks.
    expect((await desk.run("drain", "lhr1", "--service", "ns2")).code).toBe(0);
    await vi.waitFor(() => expect(lhr.standings[1]?.phase).toBe("drained"), { timeout: 10_000 });
    expect((await desk.run("drain", "lhr1", "--service", "ns1", "--both", "--wait")).code).toBe(0);
    expect(lhr.orders.at(-1)).toMatchObject({ service: "ns1", both: true, force: false });
    expect((await desk.run("undrain", "lhr1", "--all", "--wait")).code).toBe(0);
    expect(lhr.orders.at(-1)).toMatchObject({ service: "*", to: "serve" });
    expect(lhr.standings.map(({ phase }) => phase)).toEqual(["up", "up"]);
  }));

test("a window of the configuration's own, and what a POP that is long gone has planned", () =>
  planned(async (desk) => {
    await desk.pop("lhr1", { services: ["ns1"] });
    const plan = { to: "drain", by: "bob", at: Date.now() - 60_000 } as const;
    const gone = new Date(Date.now() - 3 * HOUR).toISOString();
    await desk.left("old1", { at: gone, standings: [standingOf({ service: "ns2", plan })] });
    const served = { ...plan, to: "serve" } as const;
    await desk.left("fra1", { standings: [standingOf({ service: "ns2", plan: served })] });
    expect(await refused(desk.run("drain", "lhr1"), 1)).toContain("ns2 was changed");
    desk.write("ops.yaml", "anycast:\n  fleet: { window: 30 }\n");
    expect((await desk.run("drain", "lhr1", "--config", "ops.yaml")).code).toBe(0);
  }));

test("a POP that refuses says why: exit code 1", () =>
  planned(async (desk) => {
    await desk.pop("lhr1", { refuses: "ns2 is drained at fra1" });
    const { code, stdout } = await desk.run("drain", "lhr1", "--wait");
    expect([code, stdout]).toEqual([
      1,
      "lhr1 is told to drain ns1 (order 1)\nlhr1 refuses it: ns2 is drained at fra1\n",
    ]);
  }));

test("a POP that does not get there in time: exit code 5, and how far it has come", () =>
  planned(async (desk) => {
    await desk.pop("lhr1", { asksOnly: true });
    const { code, stdout } = await desk.run("drain", "lhr1", "--wait", "--timeout", "0.7");
    expect(code).toBe(5);
    expect(stdout).toContain("lhr1 ns1: asking: fra1 is draining\n");
    expect(stdout).toContain(
      "not waiting any longer, after 0.7 s: lhr1: ns1 is asking: fra1 is draining; the order stands\n",
    );
    await desk.left("fra1", {});
    const deaf = await desk.run("drain", "fra1", "--wait", "--timeout", "0.5", "--json");
    expect([deaf.code, JSON.parse(deaf.stdout).outcome]).toEqual([5, "late"]);
    expect(deaf.stderr).toContain("fra1 has not taken order 1; the order stands");
  }));

test("somebody else gives an order at the same moment: exit code 3", () =>
  planned(async (desk) => {
    await desk.pop("lhr1");
    const runs = await Promise.all(Array.from({ length: 4 }, () => desk.run("drain", "lhr1")));
    for (const { code, stderr } of runs) {
      expect([0, 3]).toContain(code);
      if (code === 3) expect(stderr).toContain("somebody else has given lhr1 an order at the same moment");
    }
    expect(await desk.orders("lhr1")).toBe(runs.filter(({ code }) => code === 0).length);
  }));

test("a command line that can't be understood: exit code 2", () =>
  planned(async (desk) => {
    for (const [words, why] of [
      [["drain", "a", "b"], "name one POP"],
      [["drain", "lhr1", "--for", "30"], '--for: expected a time such as 90s, 30m, 2h or 1d, a year at most, got "30"'],
      [["drain", "lhr1", "--for", "999d"], "--for: expected"],
      [["drain", "lhr1", "--timeout", "0"], "--timeout: expected seconds"],
      [["drain", "lhr1", "--all", "--service", "ns1"], "not both"],
      [["drain", "lhr1", "--control", "x"], "name a POP, or a socket"],
      [["undrain", "lhr1", "--for", "1h"], "Unknown option '--for'"],
      [["plan", "a", "b"], "name one POP"],
    ] as const) {
      const { code, stderr } = await desk.run(...words);
      expect([code, stderr], words.join(" ")).toEqual([2, expect.stringContaining(why)]);
    }
    const { code, stderr } = await desk.run("drain", "lhr1", "--store", `sqlite:${desk.path}/none.db`);
    expect([code, stderr]).toEqual([4, expect.stringContaining("there is no store")]);
  }));
