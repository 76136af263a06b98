/** UDP in batches: the contract of every UDP transport, and what only this one has to show. */

import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import type { Respond } from "../../src/answer/respond.ts";
import type { Listen } from "../../src/text/listen.ts";
import { type BatchOptions, BatchSockets } from "../../src/transport/batch.ts";
import { openLibc } from "../../src/transport/libc.ts";
import { hasIpv6 } from "../support/need.ts";
import { datagramContract } from "./datagramcontract.ts";
import { type DatagramClient, datagramClient } from "./datagrams.ts";
import { freePort } from "./port.ts";
import { echo, idOf, query } from "./queries.ts";

vi.setConfig({ testTimeout: 30_000 });

const libc = await openLibc().catch((error: Error) => error);
const open: { close(): Promise<void> }[] = [];
const clients: DatagramClient[] = [];

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.close();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function sockets(respond: Respond, own: readonly Listen[], counters: Counters = new Counters()): BatchSockets {
  return opened(respond, { own, shared: false, counters });
}

function opened(respond: Respond, options: Omit<BatchOptions, "wait">): BatchSockets {
  if (libc instanceof Error) throw libc;
  return new BatchSockets(libc, respond, { ...options, wait: 0 });
}

/** Turns the loop without waiting, for the clients are in this thread too. */
function turning(batch: BatchSockets): { close(): Promise<void> } {
  let on = true;
  const loop = (async () => {
    for (; on; await setImmediate()) batch.turn();
  })();
  return {
    close: async () => {
      on = false;
      await loop;
      batch.close();
    },
  };
}

async function client(ipv6 = false): Promise<DatagramClient> {
  const one = await datagramClient(ipv6);
  clients.push(one);
  return one;
}

describe.skipIf(libc instanceof Error)("in batches", () => {
  datagramContract("UDP by recvmmsg and sendmmsg", async (at, respond, options) => {
    const batch = opened(respond, options);
    batch.bind(at);
    return turning(batch);
  });

  test.skipIf(!hasIpv6())("one thread has sockets of both families, and each client its own address", async () => {
    const seen = new Set<string>();
    const respond: Respond = (octets, length, reply, from) => {
      seen.add(Buffer.from(from.address()).toString("hex"));
      return echo()(octets, length, reply, from);
    };
    const port = await freePort("::1");
    const all = ["127.0.0.1", "127.0.0.2", "::1"].map((address) => ({ address, port }));
    const batch = sockets(respond, all);
    for (const at of all) batch.bind(at);
    open.push(turning(batch));
    for (const at of all) {
      const one = await client(at.address === "::1");
      one.send(query(5), at);
      const [{ octets, from }] = await one.received(1);
      expect([idOf(octets), from]).toEqual([5, `${at.address}@${port}`]);
    }
    expect([...seen]).toEqual(["7f000001", "00000000000000000000000000000001"]);
  });

  test("queries without a reply leave no gap: each reply goes to who asked, and all of them are sent", async () => {
    const port = await freePort();
    const at = { address: "127.0.0.1", port };
    const counters = new Counters();
    const odd: Respond = (octets, length, reply, from) =>
      idOf(octets) % 3 === 0 ? 0 : echo()(octets, length, reply, from);
    const batch = sockets(odd, [at], counters);
    batch.bind(at);
    const some = await Promise.all(Array.from({ length: 50 }, () => client()));
    // All of them wait before the first turn: one batch.
    for (const [id, one] of some.entries()) one.send(query(id), at);
    await new Promise((resolve) => setTimeout(resolve, 100));
    open.push(turning(batch));
    await Promise.all(some.map((one, id) => one.received(id % 3 === 0 ? 0 : 1)));
    expect(some.map(({ replies }) => replies.map(({ octets }) => idOf(octets)))).toEqual(
      some.map((_, id) => (id % 3 === 0 ? [] : [id])),
    );
    expect(counters.cells[Count.UDP4]).toBe(50);
  });

  test("what has waited for too long is shed and counted, what is fresh is answered, and a socket that leaves ends its queue", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const counters = new Counters();
    const batch = opened(echo(), { own: [at], shared: true, counters, stale: 200 });
    batch.bind(at);
    const one = await client();
    const counted = () => [counters.cells[Count.UDP4], counters.cells[Count.SHED]] as const;
    // Large, so that they fill even the queue that a system gives that was not told to give more.
    const large = Buffer.concat([query(1), Buffer.alloc(1000)]);
    /** What becomes of 150 that come at once and wait: how many are answered, and how many shed. */
    const round = async (milliseconds: number, take = () => batch.turn()) => {
      const [answered, shed] = counted();
      for (let i = 0; i < 150; i++) one.send(large, at);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      for (let turns = 0; turns < 5; turns++) take();
      return [counted()[0] - answered, counted()[1] - shed];
    };
    // Of the first ones it is not known when they came: the kernel was not told to note it, and does so by and by.
    expect(await round(300)).toEqual([150, 0]);
    /** A few times, as a machine that is busy with others may hold up this one. */
    const until = async (milliseconds: number, shed: number) => {
      let last: readonly number[] = [];
      for (let rounds = 0; rounds < 10 && last[1] !== shed; rounds++) last = await round(milliseconds);
      return last;
    };
    // The third batch is not full: nothing waits behind it.
    expect(await until(300, 128)).toEqual([22, 128]);
    expect(await until(0, 0)).toEqual([150, 0]);
    let left = false;
    const leave = () => {
      if (!left) batch.leave();
      left = true;
    };
    expect(await round(300, leave)).toEqual([22, 128]);
  });

  test("a datagram longer than any query is counted and dropped, and the next one answered", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const counters = new Counters();
    const batch = sockets(echo(), [at], counters);
    batch.bind(at);
    open.push(turning(batch));
    const one = await client();
    one.send(Buffer.alloc(4097), at);
    one.send(Buffer.alloc(60_000), at);
    one.send(query(3), at);
    const [{ octets }] = await one.received(1);
    expect(idOf(octets)).toBe(3);
    expect(counters.cells[Count.NOT_A_QUERY]).toBe(2);
  });

  test("forged sources are counted", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const counters = new Counters();
    const batch = sockets(echo(), [at], counters);
    batch.bind(at);
    open.push(turning(batch));
    const forger = await datagramClient(false, { address: "127.0.0.1", port: 7 }).catch(() => undefined);
    if (forger === undefined) return;
    clients.push(forger);
    forger.send(query(1), at);
    const one = await client();
    one.send(query(2), at);
    await one.received(1);
    expect([counters.cells[Count.FORGED], forger.replies]).toEqual([1, []]);
  });

  test("close answers what has come before it", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const batch = sockets(echo(), [at]);
    batch.bind(at);
    const one = await client();
    for (let id = 0; id < 200; id++) one.send(query(id), at);
    await new Promise((resolve) => setTimeout(resolve, 100));
    batch.close();
    expect((await one.received(200)).map(({ octets }) => idOf(octets))).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  test("a socket that somebody closed under the loop ends the loop, and does not spin", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const batch = sockets(echo(), [at]);
    batch.bind(at);
    const [descriptor] = batch.descriptors;
    if (!(libc instanceof Error)) libc.close(descriptor);
    expect(() => batch.turn()).toThrow("recvmmsg: EBADF");
  });
});
