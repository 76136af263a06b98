/** The gate of real sockets: shut by a flood over loopback, it lets in our own, and opens when the flood is over. */

import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { Count, Counters } from "../../../src/answer/counters.ts";
import { BatchSockets } from "../../../src/transport/batch.ts";
import { openLibc } from "../../../src/transport/libc.ts";
import { datagramClient } from "../datagrams.ts";
import { freePort } from "../port.ts";
import { echo, idOf, query } from "../queries.ts";

vi.setConfig({ testTimeout: 60_000 });

const libc = await openLibc().catch((error: Error) => error);
/** More than the kernel's queue takes. */
const MANY = 12_000;

describe.skipIf(libc instanceof Error)("a flood", () => {
  test("is kept out, and probes of our own are let in", async () => {
    if (libc instanceof Error) throw libc;
    const at = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
    const counters = new Counters();
    const { cells } = counters;
    const gate = Uint32Array.of(0x12345678, 0x9e3779b8, 0x85ebca6b, 0xc2b2ae35);
    const batch = new BatchSockets(libc, echo(), { own: [at], shared: false, wait: 0, gate, counters });
    batch.bind(at);
    const attacker = await datagramClient(false, { address: "127.0.1.1", port: 0 });
    const probe = await datagramClient(false);
    const octets = query(1, "whatever-it-is.example");
    const flood = async (times: number) => {
      for (let i = 0; i < times; i++) {
        attacker.send(octets, at);
        if (i % 64 === 0) await setImmediate();
      }
    };
    // Nobody reads meanwhile, but once a time: as if each datagram took that long.
    for (let i = 0; i < 20 && cells[Count.GATE_SHUT] === 0; i++) {
      await flood(MANY);
      await wait(100);
      batch.turn();
      batch.turn();
    }
    expect(cells[Count.GATE_SHUT]).toBe(1);
    // What stood in the queue from before.
    for (let i = 0; i < MANY / 32; i++) batch.turn();

    const replied = new Set<number>();
    const turn = async () => {
      batch.turn();
      await setImmediate();
      for (const reply of probe.replies.splice(0)) replied.add(idOf(reply.octets));
    };
    for (let id = 100; id < 200; id++) {
      await flood(256);
      probe.send(query(id, "who-is-well.example"), at);
      await turn();
    }
    const deadline = performance.now() + 20_000;
    while (performance.now() < deadline && (replied.size < 100 || cells[Count.GATE_SHUT] === 1)) await turn();
    expect([replied.size, cells[Count.GATE_SHUT]]).toEqual([100, 0]);
    expect(cells[Count.GATE_KEPT_OUT]).toBeGreaterThan(0);

    attacker.send(query(7, "peace.example"), at);
    attacker.replies.length = 0;
    await wait(20);
    batch.turn();
    expect((await attacker.received(1)).map((reply) => idOf(reply.octets))).toEqual([7]);
    batch.close();
    attacker.socket.close();
    probe.socket.close();
  });
});
