/** Checks against answering threads of our own: what they say of a POP that is well, and of one that is not. */

import { connect } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import type { Check } from "../../src/anycast/health/asking.ts";
import type { Outcome } from "../../src/anycast/health/verdict.ts";
import { type ChecksOptions, checksOf, type ZoneProbe } from "../../src/anycast/probe/checks.ts";
import { askIdentity } from "../../src/server/probe.ts";
import { AnswerThreads, type ThreadSetup } from "../../src/server/threads.ts";
import { nameFromText } from "../../src/text/name.ts";
import { loadZone } from "../../src/zone/load.ts";
import { hasIpv6, hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { zoneText } from "./zonetext.ts";

const ADDRESSES = hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
const BIG = Array.from({ length: 9 }, (_, i) => `big TXT "${i}${"x".repeat(200)}"\n`).join("");
const open: AnswerThreads[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((threads) => threads.stop()));
});

interface Pop {
  readonly threads: AnswerThreads;
  /** What was loaded last, as the main thread knows it. */
  readonly serials: Map<string, number>;
  serve(zone: string, serial: number | undefined): Promise<void>;
  /** Asks everything; what failed. */
  failures(checks: readonly Check[]): Promise<Outcome[]>;
  checks(zones: readonly ZoneProbe[], more?: Partial<ChecksOptions>): Check[];
}

async function pop(transport: "auto" | "dgram"): Promise<Pop> {
  const port = await freePort();
  const listen = ADDRESSES.map((address) => ({ address, port }));
  const threads = new AnswerThreads(pino({ level: "silent" }));
  open.push(threads);
  const tcp = { idle: 10, message: 5, unread: 5, connections: 100, perClient: 100 };
  const rest = { identity: "test1", version: undefined, payload: 1232, cookieSecrets: [], tcp };
  const setup: Omit<ThreadSetup, "kind"> = { transport, listen, shared: true, alone: false, ...rest };
  const serials = new Map<string, number>();
  await Promise.all([threads.start({ ...setup, kind: "udp" }), threads.start({ ...setup, kind: "udp" })]);
  await threads.start({ ...setup, kind: "tcp" });
  let turn = 0;
  const served = {
    serialOf: (zone: string) => serials.get(zone),
    next: () => {
      const [zone, serial] = [...serials][turn++ % Math.max(1, serials.size)] ?? [];
      return zone === undefined || serial === undefined ? undefined : { zone, serial };
    },
  };
  const signal = new AbortController().signal;
  return {
    threads,
    serials,
    async serve(zone, serial) {
      const apex = nameFromText(zone);
      const bytes = Buffer.from(zoneText(serial ?? 0) + BIG);
      const { image } = loadZone({ file: zone, bytes }, { apex, include: () => "", now: 0 });
      if (serial !== undefined) serials.set(zone, serial);
      await threads.update([{ apex, image: serial === undefined ? undefined : image, held: true }], true);
    },
    checks: (zones, more) => checksOf({ addresses: listen, identity: "test1", timeout: 1000, zones, served, ...more }),
    async failures(checks) {
      const outcomes = await Promise.all(checks.map(({ run }) => run(signal)));
      return outcomes.filter(({ ok }) => !ok);
    },
  };
}

function required(zone: string): ZoneProbe {
  const [exists, large] = [`www.${zone}`, `big.${zone}`].map((name) => ({ name, type: "TXT" }));
  return { zone, exists, absent: `nowhere.${zone}`, large };
}

describe.skipIf(!hasNode24()).each(["auto", "dgram"] as const)("probes of real threads (%s)", (transport) => {
  test("a POP that is well, with and without required zones, over swaps", async () => {
    const { serve, failures, checks } = await pop(transport);
    const served = checks([]);
    expect(await failures(served)).toEqual([]);
    await serve("a.", 1);
    await serve("b.", 4294967295);
    const zones = checks([required("a"), required("B.")]);
    expect(await failures(served)).toEqual([]);
    expect(await failures(zones)).toEqual([]);
    for (let serial = 2; serial <= 20; serial++) {
      const swap = serve("a.", serial);
      expect(await failures(zones)).toEqual([]);
      await swap;
    }
    expect(await failures(zones)).toEqual([]);
  });

  test("one bad zone of three is seen by both transports and on all addresses", async () => {
    const { serve, failures, checks } = await pop(transport);
    for (const zone of ["a.", "b.", "c."]) await serve(zone, 1);
    await serve("b.", undefined);
    const found = await failures(checks(["a", "b", "c"].map(required)));
    expect(found).toHaveLength(2 * ADDRESSES.length);
    const [first] = found;
    expect(first).toEqual({
      ok: false,
      severity: "wrong",
      why: expect.stringContaining("SERVFAIL for b. SOA; its zone"),
    });
  });

  test("a thread that was never given the newest version", async () => {
    const { serve, serials, failures, checks } = await pop(transport);
    await serve("a.", 1);
    serials.set("a.", 2);
    const found = await failures(checks([required("a")]));
    expect(found).toHaveLength(3 * ADDRESSES.length);
    expect(found[0]).toMatchObject({
      severity: "wrong",
      why: expect.stringContaining("serial 1 for a. SOA, where 2 is"),
    });
  });

  test("all connections that are allowed are others': probes get in, as any client does", async () => {
    const { threads, serve, failures, checks } = await pop(transport);
    await serve("a.", 1);
    const all = checks([required("a")]);
    const { port } = threads.states[0].setup.listen[0];
    let ended = 0;
    const silent = () => connect(port, "127.0.0.1").on("close", () => ended++);
    const clients = Array.from({ length: 110 }, () => silent().on("error", () => {}));
    try {
      await until(() => ended >= 10, "the limit");
      for (let i = 0; i < 5; i++) expect(await failures(all)).toEqual([]);
      expect(ended).toBeLessThan(50);
    } finally {
      for (const client of clients) client.destroy();
    }
  });

  test("another POP's name", async () => {
    const { serve, failures, checks } = await pop(transport);
    await serve("a.", 1);
    const found = await failures(checks([required("a")], { identity: "test2" }));
    expect(found).toHaveLength(3 * ADDRESSES.length);
    expect(found.every((outcome) => !outcome.ok && outcome.severity === "hard")).toBe(true);
  });

  test("the main thread stands still for longer than an answer may take", async () => {
    const { serve, failures, checks } = await pop(transport);
    await serve("a.", 1);
    const all = checks([required("a")], { timeout: 300 });
    for (const delay of [0, 1, 3, 10]) {
      const asked = failures(all);
      setTimeout(() => {
        const end = performance.now() + 500;
        while (performance.now() < end);
      }, delay);
      expect(await asked).toEqual([]);
    }
  });
});

describe.skipIf(!hasNode24())("the proof at the start", () => {
  test("who answers; and an error when nobody does", async () => {
    const port = await freePort();
    const listen = { address: "127.0.0.1", port };
    await expect(askIdentity(listen, "udp")).rejects.toThrow("ECONNREFUSED");
    await expect(askIdentity(listen, "tcp")).rejects.toThrow("ECONNREFUSED");
    const { threads } = await pop("auto");
    const [at] = threads.states[0].setup.listen;
    expect(await askIdentity(at, "udp")).toBe("test1");
    expect(await askIdentity(at, "tcp")).toBe("test1");
  });
});
