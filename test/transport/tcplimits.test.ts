/** What a connection may cost: time, slots and memory. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { Count } from "../../src/answer/counters.ts";
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

test("a message that does not come to its end takes the connection with it, and one that is only slow is answered", async () => {
  const { port, connections, counters } = await listening({ message: 1 });
  const [half, slow] = [await client(port), await client(port)];
  for (const one of [half, slow]) {
    expect(await answers(one, 1)).toBe(true);
    one.socket.write(framed(2).subarray(0, 9));
  }
  await sleep(300);
  slow.socket.write(framed(2).subarray(9));
  expect((await slow.received(2)).map(idOf)).toEqual([1, 2]);
  await half.ended();
  await until(() => connections.count === 1, "the slot to come back");
  expect(counters.cells[Count.TCP_SLOW]).toBe(1);
  expect(await answers(slow, 3)).toBe(true);
});

test("a client that has all its connections gets a new one for the one it used least, and others lose none", async () => {
  const { port, connections } = await listening({ perClient: 2, idle: 1000, message: 1, unread: 1000 });
  const other = await client(port, { localAddress: "127.0.0.2" });
  const [first, second] = [await client(port), await client(port)];
  expect([await answers(other, 0), await answers(first, 1), await answers(second, 2)]).toEqual([true, true, true]);
  // Two steps of the clock later.
  await sleep(250);
  expect(await answers(first, 3)).toBe(true);
  const third = await client(port);
  await second.ended();
  for (const one of [third, first, other]) expect(await answers(one, 4)).toBe(true);
  expect(connections.count).toBe(3);
});

test("there are no more connections in all than allowed: the one that was idle for longest gives way", async () => {
  const { port, connections } = await listening({ connections: 3 });
  const held: StreamClient[] = [];
  for (const i of numbers(3)) {
    held.push(await client(port, { localAddress: `127.0.0.${i + 1}` }));
    expect(await answers(held[i] as StreamClient, 1)).toBe(true);
  }
  const late = await client(port, { localAddress: "127.0.0.9" });
  expect(await answers(late, 2)).toBe(true);
  await held[0]?.ended();
  expect(connections.count).toBe(3);
  for (const one of held.slice(1)) expect(await answers(one, 3)).toBe(true);
});

test("a thousand connections that send half a message keep nobody out", async () => {
  const { port, connections } = await listening({ connections: 200, perClient: 100 });
  for (const round of numbers(20)) {
    const some = await Promise.all(numbers(50).map(() => client(port, { localAddress: `127.0.1.${round + 1}` })));
    for (const one of some) one.socket.write(framed(1).subarray(0, 5));
    const honest = await client(port, { localAddress: "127.0.0.9" });
    expect(await answers(honest, 2)).toBe(true);
    honest.socket.destroy();
  }
  expect(connections.count).toBeLessThanOrEqual(200);
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

test.each(["idle", "unread"])(
  "a connection that waits for a client that does not read ends by tcp.%s",
  async (limit) => {
    const { port, connections } = await listening({ [limit]: 0.5 }, echo(REPLY));
    const slow = await client(port);
    slow.socket.pause();
    slow.socket.write(Buffer.concat(numbers(400).map((id) => framed(id))));
    await until(() => connections.count === 0, "the slot to come back");
  },
);

test("a client that reads slowly, but reads, keeps its connection for as long as it takes", async () => {
  const { port, counters } = await listening({ unread: 1 }, echo(REPLY));
  const slow = await client(port);
  slow.socket.pause();
  slow.socket.write(Buffer.concat(numbers(400).map((id) => framed(id))));
  // Each round takes what Node reads at once, and what the kernel had for it: all in all, several times the limit.
  for (const _ of numbers(8)) {
    await sleep(300);
    slow.socket.resume();
    await sleep(2);
    slow.socket.pause();
  }
  slow.socket.resume();
  expect((await slow.received(400)).map(idOf)).toEqual(numbers(400));
  expect(counters.cells[Count.TCP_UNREAD]).toBe(0);
});
