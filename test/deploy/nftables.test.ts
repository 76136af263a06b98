/** Scrubbing in front of a POP: real packets between two namespaces, each kind with and without the rules. */

import type { ChildProcess } from "node:child_process";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { have } from "../support/need.ts";
import { example } from "./birdhost.ts";
import { canHost, Hosts } from "./hosts.ts";

const RULES = resolve(import.meta.dirname, "../../deploy/nftables/zonecast.nft");
const PACKETS = resolve(import.meta.dirname, "packets.py");
const installed = (program: string) => have(program, spawnSync("which", [program]).status === 0);
const there = installed("nft") && installed("python3") && canHost();

/** What comes through, and what is stopped by which counter, of both families. */
const GOOD = ["query", "cookie", "root"];
const BAD = [
  ["fragments", "fragments", 2],
  ["port_zero", "port_zero", 1],
  ["short", "short", 1],
  ["empty", "short", 1],
  ["responses", "responses", 1],
  ["questions", "malformed", 1],
  ["answers", "malformed", 1],
] as const;
const FAMILIES = ["4", "6"] as const;

describe.runIf(there)("a POP behind zonecast.nft", () => {
  const hosts = new Hosts();
  let listener: ChildProcess;
  let heard: string[] = [];

  async function run(host: string, program: string, ...args: string[]): Promise<string> {
    const child = hosts.run(host, program, ...args);
    let text = "";
    child.stdout?.on("data", (more: Buffer) => {
      text += more;
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code, `${program} ${args.join(" ")}`).toBe(0);
    return text;
  }

  const send = (kind: string, family: string) => run("client", "python3", PACKETS, "send", kind, family);

  async function counters(table = "zonecast"): Promise<Record<string, number>> {
    const { nftables } = JSON.parse(await run("pop", "nft", "-j", "list", "counters", "table", "inet", table)) as {
      nftables: { counter?: { name: string; packets: number } }[];
    };
    return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
  }

  /** By how much each counter grew that did. */
  async function growth(during: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await counters();
    await during();
    const after = Object.entries(await counters());
    return Object.fromEntries(after.map(([name, n]) => [name, n - before[name]] as const).filter(([, n]) => n > 0));
  }

  /** How many datagrams arrive of this kind; a query that follows says when all have. */
  async function arrivals(kind: string, family: string): Promise<number> {
    heard = [];
    await send(kind, family);
    await send("root", family);
    const last = /^[46] 5a4300000001000000000000000002/;
    await vi.waitFor(() => expect(heard.at(-1)).toMatch(last), { timeout: 5000, interval: 20 });
    return heard.filter((line) => line.startsWith(family)).length - 1;
  }

  beforeAll(async () => {
    hosts.link(
      { host: "client", addresses: ["192.0.2.1/30", "2001:db8:ffff::1/64"] },
      { host: "pop", addresses: ["192.0.2.2/30", "2001:db8:ffff::2/64"] },
    );
    hosts.address("pop", "lo", "198.51.100.53/32");
    hosts.address("pop", "lo", "2001:db8:53::53/128");
    await run("client", "ip", "route", "add", "default", "via", "192.0.2.2");
    await run("client", "ip", "-6", "route", "add", "default", "via", "2001:db8:ffff::2");
    listener = hosts.run("pop", "python3", PACKETS, "listen");
    createInterface({ input: listener.stdout ?? process.stdin }).on("line", (line) => heard.push(line));
    await vi.waitFor(() => expect(heard).toContain("ready"), 10_000);
  }, 30_000);

  afterAll(() => hosts.close());

  test("without it, all of these arrive", async () => {
    for (const family of FAMILIES) {
      for (const kind of [...GOOD, ...BAD.map(([name]) => name)]) {
        expect(await arrivals(kind, family), `${kind} ${family}`).toBe(1);
      }
    }
  }, 60_000);

  test("it is loaded, again and again, and leaves other tables alone", async () => {
    await run("pop", "nft", "add", "table", "inet", "other");
    await run("pop", "nft", "-f", RULES);
    await run("pop", "nft", "-f", RULES);
    expect((await run("pop", "nft", "list", "tables")).trim().split("\n").sort()).toEqual([
      "table inet other",
      "table inet zonecast",
    ]);
  });

  test.each(FAMILIES)("over IPv%s queries go through, and are counted", async (family) => {
    for (const kind of GOOD) {
      const grown = await growth(async () => expect(await arrivals(kind, family), kind).toBe(1));
      expect(grown, kind).toEqual({ queries: 2 });
    }
  });

  test.each(FAMILIES)("over IPv%s each bad kind is stopped, by its own counter", async (family) => {
    for (const [kind, counter, packets] of BAD) {
      const grown = await growth(async () => expect(await arrivals(kind, family), kind).toBe(0));
      expect(grown, kind).toEqual({ [counter]: packets, queries: 1 });
    }
  });

  test.each(FAMILIES)("over IPv%s connections are made, and impossible flags are not looked at", async (family) => {
    const { segments, ...others } = await growth(() => send("connect", family));
    expect(segments).toBeGreaterThanOrEqual(3);
    expect(others).toEqual({});
    for (const kind of ["null", "synfin", "synrst"]) {
      expect(await growth(() => send(kind, family)), kind).toEqual({ bad_flags: 1 });
    }
  });

  test("nothing of it comes into the table of connections", async () => {
    // A rule that asks for states makes the kernel look connections up.
    const rules = `table inet other {
      counter tracked {}
      counter untracked {}
      chain arriving {
        type filter hook prerouting priority 0;
        th dport 53 ct state new,established counter name tracked
        th dport 53 ct state untracked counter name untracked
      }
      chain leaving {
        type filter hook output priority 0;
        th sport 53 ct state new,established counter name tracked
        th sport 53 ct state untracked counter name untracked
      }
    }`;
    const file = join(hosts.folder, "other.nft");
    writeFileSync(file, rules);
    await run("pop", "nft", "-f", file);
    for (const family of FAMILIES) {
      await arrivals("query", family);
      await send("connect", family);
    }
    const { tracked, untracked } = await counters("other");
    expect(tracked).toBe(0);
    // Two queries each, and of each connection three segments at least to here, and one from here.
    expect(untracked).toBeGreaterThanOrEqual(12);
  });

  test.each(FAMILIES)(
    "over IPv%s a network that asks too much is limited, and after a while no more",
    async (family) => {
      // So little that a machine that is busy, and sends slowly, does not get by.
      const file = join(hosts.folder, "zonecast.nft");
      writeFileSync(
        file,
        example("nftables/zonecast.nft", [["rate over 5000/second burst 5000", "rate over 10/second burst 500"]]),
      );
      await run("pop", "nft", "-f", file);
      const { queries, flood } = await growth(() => send("flood", family));
      expect(queries + flood).toBe(3000);
      expect(queries).toBeGreaterThanOrEqual(500);
      expect(flood).toBeGreaterThan(1000);
      const set = await run("pop", "nft", "list", "set", "inet", "zonecast", `sources${family}`);
      // The whole network, not the address.
      expect(set).toContain(family === "4" ? "192.0.2.0 limit" : "2001:db8:ffff:: limit");
      await vi.waitFor(async () => expect(await growth(() => send("query", family))).toEqual({ queries: 1 }), 5000);
    },
  );
});
