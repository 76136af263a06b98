/** The kernel's drops, as it tells them and for real. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dropsOf, kernelForm } from "../../../src/server/routes/drops.ts";
import { Overload } from "../../../src/server/routes/overload.ts";
import { have } from "../../support/need.ts";
import { until } from "../../transport/stream.ts";

const HEAD =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n";
const line = (local: string, inode: number, drops: number) =>
  ` 7407: ${local} 00000000:0000 07 00000000:00001E00 00:00000000 00000000     0        0 ${inode} 2 00000000b8b538cc ${drops}    \n`;

const OWN = { address: "127.0.0.1", port: 40495 };
const LOCAL = "0100007F:9E2F";
const ELSE = "0100007F:9E30";

/** An Overload over a table that the test writes. */
function overload() {
  const state = { table: HEAD, taken: 0 };
  const read = (file: string) => {
    if (file.endsWith("6")) throw new Error("no IPv6");
    return state.table;
  };
  return { state, watch: new Overload({ listen: [OWN], taken: () => state.taken, read }) };
}

test("addresses as the kernel writes them", () => {
  expect(kernelForm(OWN)).toBe(LOCAL);
  expect(kernelForm({ address: "::1", port: 53 })).toBe("00000000000000000000000001000000:0035");
  expect(kernelForm({ address: "2001:db8::53", port: 53 })).toBe("B80D0120000000000000000053000000:0035");
});

test("only sockets of ours count, and lines that are cut short do not", () => {
  const table = HEAD + line(LOCAL, 1, 5) + line(ELSE, 2, 7) + line(LOCAL, 3, 0) + line(LOCAL, 4, 9).slice(0, 60);
  expect([...dropsOf(table, new Set([LOCAL]))]).toEqual([
    ["1", 5],
    ["3", 0],
  ]);
});

describe("percent", () => {
  test("nothing is said before ten seconds have passed; what was before the start does not count", () => {
    const { state, watch } = overload();
    state.table = HEAD + line(LOCAL, 1, 1_000_000);
    for (let second = 0; second < 10; second++) {
      watch.sample(second * 1000);
      expect(watch.percent).toBeUndefined();
      state.taken += 1000;
    }
    watch.sample(10_000);
    expect(watch.percent).toBe(0);
  });

  test("the last ten seconds only", () => {
    const { state, watch } = overload();
    let drops = 0;
    const second = (at: number, dropped: number) => {
      drops += dropped;
      state.taken += 100 - dropped;
      state.table = HEAD + line(LOCAL, 1, drops);
      watch.sample(at * 1000);
      return watch.percent;
    };
    second(0, 0);
    for (let at = 1; at <= 9; at++) second(at, 20);
    expect(second(10, 20)).toBe(20);
    for (let at = 11; at <= 19; at++) second(at, 0);
    expect(watch.percent).toBeCloseTo(2);
    expect(second(20, 0)).toBe(0);
  });

  test("a socket that is gone takes nothing back, and a new one begins at 0", () => {
    const { state, watch } = overload();
    state.table = HEAD + line(LOCAL, 1, 400);
    watch.sample(0);
    state.table = HEAD + line(LOCAL, 1, 450);
    watch.sample(1000);
    state.table = HEAD + line(LOCAL, 2, 50);
    state.taken = 900;
    watch.sample(10_000);
    expect(watch.percent).toBe(10);
  });

  test("a few datagrams say nothing", () => {
    const { state, watch } = overload();
    watch.sample(0);
    state.table = HEAD + line(LOCAL, 1, 40);
    state.taken = 50;
    watch.sample(10_000);
    expect(watch.percent).toBe(0);
  });

  test("where the system does not tell, neither do we", () => {
    const read = () => {
      throw new Error("ENOENT");
    };
    const watch = new Overload({ listen: [OWN], taken: () => 0, read });
    watch.sample(0);
    watch.sample(20_000);
    expect(watch.percent).toBeUndefined();
  });
});

describe.skipIf(!have("/proc/net/udp", existsSync("/proc/net/udp")))("the kernel of this machine", () => {
  test("counts what a socket that nobody reads has lost", async () => {
    const reader = createSocket({ type: "udp4", recvBufferSize: 4096 });
    reader.bind(0, "127.0.0.1");
    await once(reader, "listening");
    const { port } = reader.address();
    const writer = createSocket("udp4");
    const watch = new Overload({ listen: [{ address: "127.0.0.1", port }], taken: () => 0 });
    watch.sample(0);
    try {
      let now = 10_000;
      await until(async () => {
        for (let i = 0; i < 500; i++) writer.send(Buffer.alloc(500), port, "127.0.0.1");
        // Nothing is read meanwhile: the event loop is ours.
        const end = performance.now() + 20;
        while (performance.now() < end);
        watch.sample(now++);
        return (watch.percent ?? 0) === 100;
      }, "drops");
    } finally {
      reader.close();
      writer.close();
    }
  });
});
