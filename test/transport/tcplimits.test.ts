/** What a connection may cost: time, slots and memory. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import { Connections } from "../../src/transport/connections.ts";
import { listening } from "./listening.ts";
import { echo, frame, framed, idOf, query } from "./queries.ts";
import { connected, type StreamClient, until } from "./stream.ts";

vi.setConfig({ testTimeout: 30_000 });

const REPLY = 60_000;
const clients: StreamClient[] = [];

async function client(port: number, options: Parameters<typeof connected>[1] = {}): Promise<StreamClient> {
  const one = await connected(port, options);
  clients.push(one);
  return one;
}

afterEach(() => {
  for (const one of clients.splice(0)) one.socket.destroy();
});

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

async function answers(one: StreamClient, id: number): Promise<boolean> {
  const before = one.messages.length;
  one.socket.write(framed(id));
  return one.received(before + 1).then(
    (messages) => idOf(messages[before]) === id,
    () => false,
  );
}

/** Waits until a number has not grown for half a second. */
async function settled(count: () => number): Promise<number> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await sleep(500);
  }
  return count();
}

// RFC 7766 §6.2.3: "DNS server implementations SHOULD use an idle timeout".
test("an idle connection is closed when its time is over, not before", async () => {
  const { port, connections } = await listening({ idle: 0.5 });
  const started = performance.now();
  const one = await client(port);
  await one.ended();
  expect(performance.now() - started).toBeGreaterThan(450);
  await until(() => connections.count === 0, "the slot to come back");
});

test("each query starts the time anew", async () => {
  const { port } = await listening({ idle: 2 });
  const one = await client(port);
  for (const id of numbers(8)) {
    expect(await answers(one, id)).toBe(true);
    await sleep(400);
  }
});

test("octets that make no query do not: a dribbler goes with the idle ones", async () => {
  const { port } = await listening({ idle: 0.5 });
  const one = await client(port);
  one.socket.write(Uint8Array.of(0xff, 0xff));
  const dribble = setInterval(() => one.socket.write(Uint8Array.of(0)), 20);
  try {
    await one.ended();
  } finally {
    clearInterval(dribble);
  }
  expect(one.messages).toEqual([]);
});

test("a client gets no more connections than it may have, others still do, and slots come back", async () => {
  const { port, connections } = await listening({ perClient: 2 });
  const [first, second] = [await client(port), await client(port)];
  expect([await answers(first, 1), await answers(second, 2)]).toEqual([true, true]);
  const third = await client(port);
  await third.ended();
  const other = await client(port, { localAddress: "127.0.0.2" });
  expect(await answers(other, 3)).toBe(true);
  first.socket.destroy();
  await until(() => connections.count === 2, "the slot to come back");
  expect(await answers(await client(port), 4)).toBe(true);
});

test("there are no more connections in all than allowed, and slots come back", async () => {
  const { port, connections } = await listening({ connections: 3 });
  const held = await Promise.all(numbers(3).map((i) => client(port, { localAddress: `127.0.0.${i + 1}` })));
  for (const one of held) expect(await answers(one, 1)).toBe(true);
  await (await client(port, { localAddress: "127.0.0.9" })).ended();
  for (const one of held) one.socket.destroy();
  await until(() => connections.count === 0, "the slots to come back");
  expect(await answers(await client(port), 4)).toBe(true);
});

test("a thousand connections, one after another, leave nothing behind", async () => {
  const { port, connections } = await listening({ perClient: 20 });
  for (let round = 0; round < 50; round++) {
    const some = await Promise.all(numbers(20).map(() => connected(port)));
    for (const { socket } of some) socket.destroy();
    await until(() => connections.count === 0, "the slots to come back");
  }
});

test("a client that asks and does not read costs bounded memory, and the others are answered", async () => {
  let answered = 0;
  const large = echo(REPLY);
  const { port } = await listening({}, (...query) => {
    answered++;
    return large(...query);
  });
  const slow = await client(port);
  slow.socket.pause();
  // 32 MB of queries for 1.9 GB of replies: more than any kernel keeps for a connection.
  const padded = frame(Buffer.concat([query(1), Buffer.alloc(1000)]));
  const batch = Buffer.concat(numbers(1000).map(() => padded));
  for (let i = 0; i < 32; i++) slow.socket.write(batch);
  const before = await settled(() => answered);
  expect(before * REPLY).toBeLessThan(64 << 20);
  // The rest of the queries waits on the client's side: the server has stopped reading.
  expect(slow.socket.writableLength).toBeGreaterThan(0);
  const other = await client(port);
  expect(await answers(other, 2)).toBe(true);
  expect(answered).toBe(before + 1);
});

test("a slow reader gets every reply once it reads", async () => {
  const { port } = await listening({}, echo(REPLY));
  const slow = await client(port);
  slow.socket.pause();
  slow.socket.write(Buffer.concat(numbers(400).map((id) => framed(id))));
  await sleep(300);
  slow.socket.resume();
  expect((await slow.received(400)).map(idOf)).toEqual(numbers(400));
});

test("also when its FIN came while queries still waited for it to read", async () => {
  const { port } = await listening({}, echo(REPLY));
  const slow = await client(port, { allowHalfOpen: true });
  slow.socket.pause();
  slow.socket.end(Buffer.concat(numbers(400).map((id) => framed(id))));
  await sleep(300);
  slow.socket.resume();
  expect((await slow.received(400)).map(idOf)).toEqual(numbers(400));
  await slow.ended();
});

test("a connection that waits for a slow reader ends at the idle time", async () => {
  const { port, connections } = await listening({ idle: 0.5 }, echo(REPLY));
  const slow = await client(port);
  slow.socket.pause();
  slow.socket.write(Buffer.concat(numbers(400).map((id) => framed(id))));
  await until(() => connections.count === 0, "the slot to come back");
});

test("connections are counted: open, taken, refused in all and to one client", () => {
  const counters = new Counters();
  const connections = new Connections(3, 2, counters);
  const entered = ["a", "a", "a", "b", "c"].map((prefix) => connections.enter(prefix));
  expect(entered).toEqual([true, true, false, true, false]);
  connections.leave("a");
  const { TCP_OPEN, TCP_OPENED, TCP_REFUSED, TCP_REFUSED_CLIENT } = Count;
  const counts = [TCP_OPEN, TCP_OPENED, TCP_REFUSED, TCP_REFUSED_CLIENT].map((count) => counters.cells[count]);
  expect(counts).toEqual([2, 3, 1, 1]);
  // A thread in the place of one that died begins without any.
  new Connections(3, 2, counters);
  expect([counters.cells[TCP_OPEN], counters.cells[TCP_OPENED]]).toEqual([0, 3]);
});
