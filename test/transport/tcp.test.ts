import { createServer } from "node:net";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Count } from "../../src/answer/counters.ts";
import { listenTcp } from "../../src/transport/tcp.ts";
import { hasIpv6 } from "../support/need.ts";
import { LIMITS, listening } from "./listening.ts";
import { freePort } from "./port.ts";
import { echo, frame, framed, idOf, query } from "./queries.ts";
import { sentMeanwhile } from "./stillclient.ts";
import { connected, until } from "./stream.ts";

vi.setConfig({ testTimeout: 30_000 });

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const sorted = (messages: readonly Buffer[]) => messages.map(idOf).sort((a, b) => a - b);

test("a reply has its length in front and is the answer to the query", async () => {
  const { port } = await listening();
  const client = await connected(port);
  client.socket.write(framed(7));
  const [reply] = await client.received(1);
  expect(idOf(reply)).toBe(7);
  expect(reply.length).toBe(query(7).length);
});

// RFC 7766 §6.2.1.1: "clients SHOULD pipeline their queries"; answers may come in any order (§7).
test("queries sent without waiting are all answered", async () => {
  const { port } = await listening();
  const client = await connected(port);
  for (const id of numbers(200)) {
    client.socket.write(framed(id));
    if (id % 10 === 0) await setImmediate();
  }
  expect(sorted(await client.received(200))).toEqual(numbers(200));
});

test("many queries in one segment are all answered", async () => {
  const { port } = await listening();
  const client = await connected(port);
  client.socket.write(Buffer.concat(numbers(1000).map((id) => framed(id))));
  expect(sorted(await client.received(1000))).toEqual(numbers(1000));
});

test("each query is counted, however many come in one segment", async () => {
  const { port, counters } = await listening();
  for (const count of [1, 30]) {
    const client = await connected(port);
    client.socket.write(Buffer.concat(numbers(count).map((id) => framed(id))));
    await client.received(count);
  }
  expect([counters.cells[Count.TCP4], counters.cells[Count.TCP6]]).toEqual([31, 0]);
});

test("a query that comes octet by octet is answered, and so is the one behind it", async () => {
  const { port } = await listening();
  const client = await connected(port);
  for (const octet of Buffer.concat([framed(1), framed(2)])) {
    client.socket.write(Uint8Array.of(octet));
    await setImmediate();
  }
  expect(sorted(await client.received(2))).toEqual([1, 2]);
});

test("a query is answered while the next one is only half here", async () => {
  const { port } = await listening();
  const client = await connected(port);
  const second = framed(2);
  client.socket.write(Buffer.concat([framed(1), second.subarray(0, 9)]));
  expect(sorted(await client.received(1))).toEqual([1]);
  client.socket.write(second.subarray(9));
  expect(sorted(await client.received(2))).toEqual([1, 2]);
});

test("a message of 65,535 octets is taken, and given", async () => {
  const { port } = await listening();
  const client = await connected(port);
  const large = Buffer.concat([query(9), Buffer.alloc(65535)]).subarray(0, 65535);
  client.socket.write(frame(large));
  const [reply] = await client.received(1);
  expect(reply.length).toBe(65535);
  expect(idOf(reply)).toBe(9);
});

test.each([
  ["a message of no octets", Buffer.alloc(0)],
  ["half a header", query(1).subarray(0, 6)],
  ["a reply", Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
])("%s ends the connection", async (_what, octets) => {
  const { port, connections } = await listening();
  const client = await connected(port);
  client.socket.write(frame(octets));
  await client.ended();
  expect(client.messages).toEqual([]);
  await until(() => connections.count === 0, "the connection to be forgotten");
});

test("what stands before a message of no octets is answered", async () => {
  const { port } = await listening();
  const client = await connected(port);
  client.socket.write(framed(1));
  await client.received(1);
  client.socket.write(Buffer.concat([framed(2), frame(Buffer.alloc(0))]));
  await client.ended();
  expect(sorted(client.messages)).toEqual([1, 2]);
});

// RFC 7766 §6.2.4: half-closing is not the end of the exchange for the side that still has replies to send.
test("a client that has sent FIN still gets its replies, and then the server's FIN", async () => {
  const { port, connections } = await listening();
  const client = await connected(port, { allowHalfOpen: true });
  client.socket.end(Buffer.concat(numbers(50).map((id) => framed(id))));
  await client.ended();
  expect(sorted(client.messages)).toEqual(numbers(50));
  await until(() => connections.count === 0, "the connection to be forgotten");
});

test("a connection reset in the middle of the replies harms nobody else", async () => {
  const { port, connections } = await listening({}, echo(60_000));
  for (let i = 0; i < 5; i++) {
    const rude = await connected(port);
    rude.socket.write(Buffer.concat(numbers(100).map((id) => framed(id))));
    await rude.received(1);
    rude.socket.resetAndDestroy();
  }
  const client = await connected(port);
  client.socket.write(framed(3));
  expect(sorted(await client.received(1))).toEqual([3]);
  await until(() => connections.count === 1, "the reset connections to be forgotten");
});

test.skipIf(!hasIpv6())("IPv6 is served, and IPv4 is not behind its back", async () => {
  const { port, counters } = await listening({}, echo(), "::1");
  const client = await connected(port, { host: "::1" });
  client.socket.write(framed(6));
  expect(sorted(await client.received(1))).toEqual([6]);
  expect([counters.cells[Count.TCP4], counters.cells[Count.TCP6]]).toEqual([0, 1]);
  await expect(connected(port)).rejects.toThrow("ECONNREFUSED");
});

test("a port that somebody has is an error with the system's code", async () => {
  const { port } = await listening();
  const again = listenTcp({ address: "127.0.0.1", port }, echo(), LIMITS);
  await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("an address that this machine does not have is one too", async () => {
  const port = await freePort();
  const nowhere = listenTcp({ address: "203.0.113.77", port }, echo(), LIMITS);
  await expect(nowhere).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

test("close ends idle connections and frees the port at once", async () => {
  const { port, listener } = await listening();
  const clients = await Promise.all(numbers(5).map(() => connected(port)));
  clients[0].socket.write(framed(1));
  await clients[0].received(1);
  await listener.close();
  await Promise.all(clients.map((client) => client.ended()));
  await expect(connected(port)).rejects.toThrow("ECONNREFUSED");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  server.close();
});

test("close lets the replies out that are on their way", async () => {
  const { port, listener } = await listening({}, echo(60_000));
  const client = await connected(port);
  client.socket.pause();
  client.socket.write(framed(1));
  client.socket.write(framed(2));
  await sleep(100);
  const closed = listener.close();
  client.socket.resume();
  expect(sorted(await client.received(2))).toEqual([1, 2]);
  await closed;
});

test("close answers what has come before it, on connections that are yet to be accepted too", async () => {
  const { port, listener } = await listening();
  const { received } = sentMeanwhile(port, Buffer.concat(numbers(100).map((id) => framed(id))));
  await listener.close();
  expect(await received).toBe(100 * framed(1).length);
});

test("a query that comes while the connection is being closed does not cost the replies before it", async () => {
  let answered = 0;
  const large = echo(60_000);
  const { port, listener } = await listening({}, (...query) => {
    answered++;
    return large(...query);
  });
  /** A client that asks and does not read; how many of its queries were answered all the same. */
  const unread = async (count: number) => {
    const before = answered;
    const client = await connected(port, { allowHalfOpen: true });
    client.socket.pause();
    client.socket.write(Buffer.concat(numbers(count).map((id) => framed(id))));
    await until(() => answered > before, "the first replies");
    for (let last = -1; last !== answered; await sleep(200)) last = answered;
    return { client, count: answered - before };
  };
  const full = await unread(600);
  // One less than makes the server stop reading: the last replies wait in it, and it would still take a query.
  const { client, count } = await unread(full.count - 1);
  const closed = listener.close();
  // What came before is answered first; this one comes after that.
  await sleep(50);
  client.socket.write(framed(1000));
  await sleep(50);
  client.socket.resume();
  expect((await client.received(count)).slice(0, count).map(idOf)).toEqual(numbers(count));
  for (const { socket } of [client, full.client]) socket.destroy();
  await closed;
});

test("a client that ignores our FIN does not keep close from ending", async () => {
  const { port, listener } = await listening();
  const stubborn = await connected(port, { allowHalfOpen: true });
  stubborn.socket.write(framed(1));
  await stubborn.received(1);
  const started = performance.now();
  await listener.close();
  expect(performance.now() - started).toBeLessThan(8000);
  stubborn.socket.destroy();
});
