/** Replies of many connections go through one buffer: none may come to another's client, or changed. */

import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { Respond } from "../../src/answer/respond.ts";
import { listening } from "./listening.ts";
import { frame, framed, HEADER, idOf } from "./queries.ts";
import { connected } from "./stream.ts";

vi.setConfig({ testTimeout: 30_000 });

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

const LARGE = 97;
/** Octets of the reply to the query with that id: of all sizes, now and then the largest, and the smallest behind it. */
const sizeOf = (id: number) => (id % LARGE === 0 ? 65535 : id % LARGE === 1 ? 40 : 40 + ((id * 7919) % 3000));

/** Replies that are told from each other octet by octet. */
const patterned: Respond = (query, length, reply) => {
  if (length < HEADER) return 0;
  const size = Math.max(length, sizeOf(idOf(query)));
  reply.fill(query[1] ^ query[0], 0, size);
  reply.set(query.subarray(0, length));
  reply[2] |= 0x80;
  return size;
};

function expectIntact(reply: Buffer, id: number): void {
  const query = framed(id).subarray(2);
  expect([idOf(reply), reply.length]).toEqual([id, Math.max(query.length, sizeOf(id))]);
  const rest = reply.subarray(query.length);
  expect(rest.equals(Buffer.alloc(rest.length, query[1] ^ query[0]))).toBe(true);
}

test("replies of all sizes come whole and in order, whoever reads them late", async () => {
  const { port } = await listening({}, patterned);
  const clients = await Promise.all(numbers(8).map(() => connected(port)));
  const idsOf = (i: number) => numbers(3000).map((n) => n * 8 + i);
  for (const [i, client] of clients.entries()) {
    if (i % 2 === 0) client.socket.pause();
    client.socket.write(Buffer.concat(idsOf(i).map((id) => framed(id))));
  }
  await sleep(300);
  for (const { socket } of clients) socket.resume();
  for (const [i, client] of clients.entries()) {
    const replies = await client.received(3000);
    for (const [n, id] of idsOf(i).entries()) expectIntact(replies[n], id);
  }
});

/** A client that does not read: the server holds replies for it that the kernel has not taken, and reads on. */
async function slowReader() {
  let answered = 0;
  const { port } = await listening({}, (...query) => {
    answered++;
    return patterned(...query);
  });
  const paused = async () => {
    const client = await connected(port, { allowHalfOpen: true });
    client.socket.pause();
    const ids: number[] = [];
    /** False when the server does not take the query. */
    const ask = async (id: number) => {
      const before = answered;
      client.socket.write(framed(id));
      for (let turn = 0; answered === before && turn < 200; turn++) await setImmediate();
      if (answered > before) ids.push(id);
      return answered > before;
    };
    return { client, ids, ask };
  };
  // Large replies until the server stops reading; and then as many but one.
  const full = await paused();
  for (let n = 0; await full.ask(LARGE * n); ) n++;
  const slow = await paused();
  for (const id of full.ids.slice(0, -1)) await slow.ask(id);
  full.client.socket.destroy();
  return slow;
}

test("small replies behind one that waits take memory of their own size, and come whole", async () => {
  const { client, ids, ask } = await slowReader();
  const before = process.memoryUsage().arrayBuffers;
  for (const n of numbers(300)) expect(await ask(LARGE * n + 1)).toBe(true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  client.socket.resume();
  const replies = await client.received(ids.length);
  for (const [n, id] of ids.entries()) expectIntact(replies[n], id);
});

test("a client whose FIN comes while replies wait still gets them, and then the server's FIN", async () => {
  const { client, ids } = await slowReader();
  client.socket.end();
  await sleep(100);
  client.socket.resume();
  await client.ended();
  expect(client.messages.map(idOf)).toEqual(ids);
});

test("a message that is no query does not cost the replies that wait before it", async () => {
  const { client, ids } = await slowReader();
  client.socket.write(frame(Buffer.alloc(0)));
  await sleep(100);
  client.socket.resume();
  await client.ended();
  expect(client.messages.map(idOf)).toEqual(ids);
});
