/** Drops as the kernel tells them and for real, and what is made of them: an overload, and a probe's chance to be lost. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Count, Counters } from "../../../src/answer/counters.ts";
import { Kernel } from "../../../src/server/load/kernel.ts";
import { Load } from "../../../src/server/load/load.ts";
import { dropsOf, kernelForm } from "../../../src/server/load/sockets.ts";
import { have } from "../../support/need.ts";

const HEAD =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n";
const line = (local: string, inode: number, drops: number) =>
  ` 7407: ${local} 00000000:0000 07 00000000:00001E00 00:00000000 00000000     0        0 ${inode} 2 00000000b8b538cc ${drops}    \n`;

const OWN = { address: "127.0.0.1", port: 40495 };
const LOCAL = "0100007F:9E2F";
const ELSE = "0100007F:9E30";

/** A load over files that the test writes. */
function loaded() {
  const state = { now: 0, table: HEAD, softnet: "", netstat: "", snmp: "" };
  const texts = (name: string) => (name === "udp" ? state.table : name === "softnet_stat" ? state.softnet : "");
  const read = async (file: string) => {
    const name = file.slice("/proc/net/".length);
    return name === "netstat" || name === "snmp" ? state[name] : texts(name);
  };
  const counters = new Counters();
  const told: string[] = [];
  const threads = [{ setup: { listen: [OWN] }, counters }];
  const load = new Load(threads, { monotonic: () => state.now, kernel: new Kernel(read) });
  let drops = 0;
  return {
    ...{ state, load, told },
    /** Of what is dropped in the next second, so many are. */
    keepOut(datagrams: number) {
      counters.cells[Count.GATE_KEPT_OUT] += datagrams;
    },
    /** A second goes by, in which so many come, of which some are dropped and some shed. */
    async second(came: number, dropped: number, shed = 0, milliseconds = 1000) {
      state.now += milliseconds;
      drops += dropped;
      state.table = HEAD + line(LOCAL, 1, drops);
      counters.cells[Count.UDP4] += came - dropped - shed;
      counters.cells[Count.SHED] += shed;
      await load.sample((level, event, _, text) => told.push(`${state.now / 1000} ${level} ${event}: ${text}`));
    },
  };
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

test("drops of sockets that are gone stay counted, and those of others are not ours", async () => {
  const { state, load } = loaded();
  const dropsWith = async (table: string) => {
    state.table = table;
    await load.look();
    return load.drops;
  };
  expect(await dropsWith(HEAD + line(LOCAL, 7, 5))).toBe(5);
  expect(await dropsWith(HEAD + line(LOCAL, 7, 6) + line(ELSE, 8, 100))).toBe(6);
  // The thread was started again, with another socket.
  expect(await dropsWith(HEAD + line(LOCAL, 9, 2))).toBe(8);
  // Where the system does not tell, neither do we.
  expect(await dropsWith("")).toBeUndefined();
  expect(load.percent).toBeUndefined();
});

describe("percent", () => {
  test("nothing is said before ten seconds have passed; what was before the start does not count", async () => {
    const { load, second } = loaded();
    await second(1_000_000, 1_000_000);
    for (let i = 0; i < 9; i++) {
      await second(1000, 0);
      expect(load.percent).toBeUndefined();
    }
    await second(1000, 0);
    expect(load.percent).toBe(0);
  });

  test("the last ten seconds only, dropped and shed alike", async () => {
    const { load, second } = loaded();
    await second(100, 0);
    for (let i = 0; i < 10; i++) await second(100, 15, 5);
    expect(load.percent).toBe(20);
    for (let i = 0; i < 9; i++) await second(100, 0);
    expect(load.percent).toBeCloseTo(2);
    await second(100, 0);
    expect(load.percent).toBe(0);
  });

  test("what a gate keeps out is not lost of what is to be answered", async () => {
    const { load, second, keepOut } = loaded();
    await second(100, 0);
    for (let i = 0; i < 10; i++) {
      keepOut(80);
      await second(100, 81);
    }
    expect(load.percent).toBe(81);
    expect(load.percentLetIn).toBeCloseTo(5);
  });

  test("a few datagrams say nothing", async () => {
    const { load, second } = loaded();
    await second(0, 0);
    for (let i = 0; i < 10; i++) await second(9, 4);
    expect(load.percent).toBe(0);
  });
});

test("an overload is told of when it begins and when it is over, and not in between", async () => {
  const { load, second, told } = loaded();
  for (let i = 0; i < 5; i++) await second(10_000, 50);
  expect(load.overloadedFor).toBeUndefined();
  for (let i = 0; i < 4; i++) await second(10_000, 1000, 500);
  expect(load.overloadedFor).toBe(3000);
  for (let i = 0; i < 6; i++) await second(10_000, 0);
  for (let i = 0; i < 3; i++) await second(10_000, 9000);
  for (let i = 0; i < 12; i++) await second(10_000, 0);
  expect(load.overloadedFor).toBeUndefined();
  expect(told).toEqual([
    "6 warn overload.began: more queries come than are answered: 7.8 % of the last two seconds' were dropped",
    "29 info overload.ended: all queries are answered again, after 13 s; at worst 90 % were dropped",
  ]);
});

describe("a probe's chance to be lost", () => {
  test("over UDP: by what was dropped and shed in the last second, and by packets that never came to a socket", async () => {
    const { state, load, second } = loaded();
    state.softnet = "00000064 00000000 00000000\n00000064 00000000 00000000\n";
    await second(1000, 0);
    await second(1000, 400, 100);
    expect(await load.lossOf("udp")).toBe(0.5);
    // 80 of 400.
    state.softnet = "000000d4 00000030 00000000\n00000134 00000020 00000000\n";
    await second(1000, 500);
    expect(await load.lossOf("udp")).toBeCloseTo(1 - 0.5 * 0.8);
    await second(1000, 0);
    expect(await load.lossOf("udp")).toBe(0);
  });

  test("over UDP, in the first second of a process: by as much of it as there was", async () => {
    const { load, second } = loaded();
    await second(0, 0);
    expect(await load.lossOf("udp")).toBe(0);
    await second(100, 90, 0, 200);
    expect(await load.lossOf("udp")).toBe(0.9);
    expect(load.overloadedFor).toBeUndefined();
  });

  test("over UDP, when threads read nothing at all: that is no overload", async () => {
    const { load, second } = loaded();
    await second(1000, 0);
    await second(1000, 1000);
    expect(await load.lossOf("udp")).toBe(0);
  });

  test("over UDP, when threads read and shed all of it: that is one", async () => {
    const { load, second } = loaded();
    await second(1000, 0);
    await second(1000, 700, 300);
    expect(await load.lossOf("udp")).toBe(1);
  });

  test("over TCP: by connections that found the queue full, whatever becomes of datagrams", async () => {
    const { state, load, second } = loaded();
    const connections = (opened: number, drops: number) => {
      state.snmp = `Ip: Forwarding\nIp: 1\nTcp: ActiveOpens PassiveOpens\nTcp: 7 ${opened}\n`;
      state.netstat = `TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 ${drops} ${drops}\nIpExt: InOctets\nIpExt: 9\n`;
    };
    connections(1000, 0);
    await second(1000, 0);
    connections(1100, 300);
    await second(1000, 900);
    expect(await load.lossOf("tcp")).toBe(0.75);
    connections(1110, 304);
    await second(1000, 900);
    expect(await load.lossOf("tcp")).toBe(0);
  });

  test("where the system does not tell, nothing is lost", async () => {
    const { state, load } = loaded();
    state.table = "";
    expect(await load.lossOf("udp")).toBe(0);
    expect(await load.lossOf("tcp")).toBe(0);
  });
});

describe.skipIf(!have("/proc/net/udp", existsSync("/proc/net/udp")))("the kernel of this machine", () => {
  test("counts what a socket that nobody reads has lost, and has packets and connections", async () => {
    const reader = createSocket({ type: "udp4", recvBufferSize: 4096 });
    reader.bind(0, "127.0.0.1");
    await once(reader, "listening");
    const { port } = reader.address();
    const writer = createSocket("udp4");
    const kernel = new Kernel();
    const look = () => kernel.look([{ address: "127.0.0.1", port }]);
    try {
      expect((await look())?.drops).toBe(0);
      for (let i = 0; i < 500; i++) writer.send(Buffer.alloc(500), port, "127.0.0.1");
      // Nothing is read meanwhile: the event loop is ours.
      const end = performance.now() + 50;
      while (performance.now() < end);
      const counts = await look();
      expect(counts?.drops).toBeGreaterThan(100);
      expect(counts?.packets.came).toBeGreaterThan(0);
      expect(counts?.connections.came).toBeGreaterThan(0);
    } finally {
      reader.close();
      writer.close();
    }
  });
});
