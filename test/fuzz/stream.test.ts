/** Any octets over TCP: each connection ends with an answer or a close, and the server stays as it was. */

import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Connections } from "../../src/transport/connections.ts";
import { listenTcp, type TcpListener } from "../../src/transport/tcp.ts";
import { freePort } from "../transport/port.ts";
import { frame, framed, idOf, query } from "../transport/queries.ts";
import { connected, until } from "../transport/stream.ts";
import { responderFor } from "../transport/zones.ts";
import { times } from "./budget.ts";

vi.setConfig({ testTimeout: times(60_000), hookTimeout: 30_000 });

const BUDGET_MS = 4000;
/** A connection that waits for more octets is left at this, in seconds. */
const IDLE = 1;
const connections = new Connections(1000, 1000);
let port = 0;
let listener: TcpListener;

beforeAll(async () => {
  port = await freePort();
  const limits = { idle: IDLE, message: IDLE, unread: IDLE, connections: 1000, perClient: 1000 };
  listener = await listenTcp({ address: "127.0.0.1", port }, responderFor("large.example", 1232), limits, connections);
});

afterAll(() => listener.close());

const name = fc.constantFrom("large.example", "a.large.example", "x.large.example", "other.example", "");
const valid = fc.tuple(fc.nat(65535), name).map(([id, at]) => framed(id, at));

/** A valid query with some octets changed, dropped or added: the length in front may no longer fit. */
const mutated = fc
  .tuple(valid, fc.array(fc.tuple(fc.nat(60), fc.nat(255), fc.constantFrom("set", "cut", "add")), { maxLength: 4 }))
  .map(([octets, changes]) => changes.reduce((now, [at, octet, how]) => mutate(now, at, octet, how), octets));

function mutate(octets: Buffer, at: number, octet: number, how: "set" | "cut" | "add"): Buffer {
  const place = Math.min(at, octets.length);
  const rest = octets.subarray(how === "add" ? place : place + 1);
  return Buffer.concat([octets.subarray(0, place), how === "cut" ? Buffer.alloc(0) : Uint8Array.of(octet), rest]);
}

const random = fc.uint8Array({ maxLength: 80 }).map((octets) => Buffer.from(octets));
const wrapped = fc.uint8Array({ maxLength: 200 }).map(frame);
const piece = fc.oneof({ weight: 5, arbitrary: valid }, { weight: 4, arbitrary: mutated }, random, wrapped);
const script = fc.record({
  stream: fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => Buffer.concat(pieces)),
  chunk: fc.constantFrom(1, 2, 3, 7, 29, 512, 100_000),
  end: fc.constantFrom("fin", "rst", "wait" as const),
});

async function play({ stream, chunk, end }: { stream: Buffer; chunk: number; end: "fin" | "rst" | "wait" }) {
  const client = await connected(port, { allowHalfOpen: true });
  for (let at = 0; at < stream.length && !client.closed; at += chunk) {
    client.socket.write(stream.subarray(at, at + chunk));
    if (at % (chunk * 8) === 0) await setImmediate();
  }
  if (end === "rst") client.socket.resetAndDestroy();
  else if (end === "fin") client.socket.end();
  await client.ended();
  client.socket.destroy();
  // No reply is anything but a reply.
  for (const reply of client.messages) expect(reply[2] & 0x80).toBe(0x80);
}

test("any octets in any chunks are answered or end the connection, and leave nothing behind", async () => {
  const memory = () => process.memoryUsage();
  const deadline = performance.now() + times(BUDGET_MS);
  await fc.assert(
    fc.asyncProperty(fc.array(script, { minLength: 8, maxLength: 24 }), async (scripts) => {
      await Promise.all(scripts.map(play));
    }),
    { numRuns: times(10_000), interruptAfterTimeLimit: deadline - performance.now(), markInterruptAsFailure: false },
  );
  await until(() => connections.count === 0, "the connections to be forgotten");
  const client = await connected(port);
  client.socket.write(framed(4711, "a.large.example"));
  expect(idOf((await client.received(1))[0])).toBe(4711);
  client.socket.destroy();
  expect(memory().external).toBeLessThan(400 << 20);
});

test("valid queries are all answered whatever the chunks, until the first message that is none", async () => {
  const ids = fc.array(fc.nat(65535), { minLength: 1, maxLength: 30 });
  const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(ids, sizes, async (sent, chunkSizes) => {
      const client = await connected(port);
      const stream = Buffer.concat([
        ...sent.map((id) => framed(id, "a.large.example")),
        frame(query(1).subarray(0, 5)),
      ]);
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = chunkSizes[i % chunkSizes.length];
        client.socket.write(stream.subarray(at, at + size));
        at += size;
        if (i % 4 === 0) await setImmediate();
      }
      await client.ended();
      // The close may overtake replies that were never read; those that came are the first ones, in order.
      expect(client.messages.map(idOf)).toEqual(sent.slice(0, client.messages.length));
    }),
    { numRuns: times(10_000), interruptAfterTimeLimit: times(2000), markInterruptAsFailure: false },
  );
});
