/** zonecast plan: what POPs were told, and what they do. */

import { expect, test, vi } from "vitest";
import { standingOf } from "../sync/orders/standings.ts";
import { planned, refused } from "./planned.ts";

vi.setConfig({ testTimeout: 60_000 });

test("every POP with its services, levels and plans", () =>
  planned(async (desk) => {
    expect((await desk.run("plan")).stdout).toContain("no POP has reported to");
    await desk.pop("lhr1", { services: ["ns1", "ns2"] });
    const until = Date.parse("2099-01-01T00:00:00Z");
    const plan = { to: "drain", by: "bob@desk", why: "kernel", at: Date.now() - 300_000, until } as const;
    const prefixes = [
      { prefix: "198.51.100.0/24", level: "off" },
      { prefix: "2001:db8:53::/48", level: "draining" },
    ] as const;
    await desk.left("fra1", { standings: [standingOf({ prefixes, phase: "draining", plan })] });
    await desk.left("ams1", { standings: [], at: new Date(Date.now() - 3_600_000).toISOString() });
    const { code, stdout } = await desk.run("plan");
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["ams1", "announces nothing itself", expect.stringMatching(/^\(reported \d+ min ago\)$/)],
      [
        ...["fra1", "ns1", "198.51.100.0/24 off, 2001:db8:53::/48 draining", "draining"],
        "to drain, by bob@desk 5 min ago, until 2099-01-01 00:00:00 UTC: kernel",
      ],
      ["lhr1", "ns1", "up", "up"],
      ["lhr1", "ns2", "up", "up"],
    ]);
    const { pops } = JSON.parse((await desk.run("plan", "--json")).stdout);
    expect(pops.map(({ pop }: { pop: string }) => pop)).toEqual(["ams1", "fra1", "lhr1"]);
    expect(pops[1].standings[0].plan).toEqual(plan);
  }));

test("one POP with the orders that it was given, the newest first", () =>
  planned(async (desk) => {
    const lhr = await desk.pop("lhr1");
    await desk.run("drain", "lhr1", "--reason", "kernel", "--for", "1d", "--force", "--wait");
    await desk.run("undrain", "lhr1", "--by", "bob", "--wait");
    const { stdout } = await desk.run("plan", "lhr1");
    expect(stdout).toMatch(/^lhr1 {2}ns1 {2}up {2}up/);
    expect(stdout).toMatch(/\norder 2 {2}\S+ \S+ UTC {2}undrain ns1 {2}by bob\n/);
    expect(stdout).toMatch(/\norder 1 {2}.* drain ns1 {4}by alice@desk {2}--force, until .* UTC, kernel\n/);
    const { pop, orders } = JSON.parse((await desk.run("plan", "lhr1", "--json")).stdout);
    expect([pop.ordered, orders.map(({ id }: { id: number }) => id)]).toEqual([{ id: 2 }, [2, 1]]);
    expect(orders).toEqual(lhr.orders.toReversed());
    expect(await refused(desk.run("plan", "lhr2"), 1)).toContain("there is lhr1");
  }));

test("orders that can't be believed are said to be so", () =>
  planned(async (desk) => {
    await desk.left("lhr1", {});
    const store = await desk.open();
    await store.order({ pop: "lhr1", octets: Buffer.from("x"), expected: 0 });
    await store.close();
    expect((await desk.run("plan", "lhr1")).stdout).toContain("not to be believed: an order to lhr1 is damaged");
    expect((await desk.run("drain", "lhr1")).code).toBe(0);
  }));
