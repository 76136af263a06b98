/** The ring between an answering thread and the one that writes what is tapped: what goes in comes out, or is counted. */

import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RECORD_HEAD, RING_HEAD, Ring, ringMemory, TapRing } from "../../src/answer/tapring.ts";
import { RingReader, type TapRecord } from "../../src/tap/ringreader.ts";
import { hasNode24 } from "../support/need.ts";
import { kept, put } from "../tap/records.ts";

const SIZE = 4096;

const filled = (length: number, octet: number) => new Uint8Array(length).fill(octet);

function drained(reader: RingReader, most = 1e6): TapRecord[] {
  const records: TapRecord[] = [];
  reader.drain(most, (record) => records.push(kept(record)));
  return records;
}

describe("one thread", () => {
  test("what was put in comes out as it was, in order; what was not is counted for its outputs", () => {
    const step = fc.oneof(
      fc.record({ query: fc.nat(300), reply: fc.nat(900), outputs: fc.constantFrom(1, 2, 3) }),
      fc.record({ drain: fc.integer({ min: 1, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = ringMemory(SIZE);
        const [ring, reader] = [new TapRing(memory), new RingReader(memory)];
        const waiting: { query: Uint8Array; reply: Uint8Array; outputs: number; time: number }[] = [];
        const dropped = [0, 0, 0, 0];
        const come = (most: number) => {
          const records = drained(reader, most);
          expect(records).toMatchObject(waiting.splice(0, records.length));
          return records.length;
        };
        for (const [i, one] of steps.entries()) {
          if ("drain" in one) {
            expect(come(one.drain)).toBeLessThanOrEqual(one.drain);
            continue;
          }
          const exchange = { query: filled(one.query, i), reply: filled(one.reply, 255 - i), time: i + 0.125 };
          if (put(ring, exchange.query, exchange.reply, one.outputs, exchange.time)) {
            waiting.push({ ...exchange, outputs: one.outputs });
          } else dropped[one.outputs]++;
        }
        come(1e6);
        expect(waiting).toEqual([]);
        expect([0, 1, 2, 3].map((outputs) => reader.dropped(outputs))).toEqual(dropped);
        expect(reader.damaged).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("a ring whose positions are about to pass 2^32 goes on as any", () => {
    const memory = ringMemory(SIZE);
    const positions = new Int32Array(memory);
    for (const one of [Ring.WRITTEN, Ring.READ]) positions[one] = -SIZE / 2;
    const [ring, reader] = [new TapRing(memory), new RingReader(memory)];
    for (let i = 0; i < 200; i++) {
      expect(put(ring, filled(100, i), filled(200, i))).toBe(true);
      expect(drained(reader)).toMatchObject([{ query: filled(100, i), reply: filled(200, i) }]);
    }
  });

  test("a full ring takes nothing until it was read; what can never fit is dropped at once", () => {
    const memory = ringMemory(SIZE);
    const [ring, reader] = [new TapRing(memory), new RingReader(memory)];
    expect(put(ring, filled(SIZE / 2, 1), filled(0, 1))).toBe(false);
    let taken = 0;
    while (put(ring, filled(208, taken), filled(256, taken))) taken++;
    expect(taken).toBe(SIZE / (RECORD_HEAD + 208 + 256));
    expect(put(ring, filled(0, 0), filled(0, 0))).toBe(false);
    expect(drained(reader)).toHaveLength(taken);
    expect(put(ring, filled(208, 7), filled(256, 7))).toBe(true);
    expect(reader.dropped(1)).toBe(3);
  });

  test("who writes in the place of one that died goes on where that one has published last", () => {
    const memory = ringMemory(SIZE);
    const reader = new RingReader(memory);
    const first = new TapRing(memory);
    put(first, filled(10, 1), filled(20, 1));
    first.reserve(1, 30, 30);
    const second = new TapRing(memory);
    put(second, filled(11, 2), filled(21, 2));
    expect(drained(reader).map(({ query }) => query)).toEqual([filled(10, 1), filled(11, 2)]);
  });

  test("a ring that two have written into is emptied, and read on from there", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(SIZE / 4 - 1), (noise, word) => {
        const memory = ringMemory(SIZE);
        const [ring, reader] = [new TapRing(memory), new RingReader(memory)];
        for (let i = 0; i < 9; i++) put(ring, filled(100, i), filled(100, i));
        const octets = new Uint8Array(memory);
        octets.set(noise.subarray(0, SIZE - word * 4), RING_HEAD + word * 4);
        // Whatever it makes of that, it ends, stays within the ring, and is whole for what comes later.
        expect(drained(reader).length).toBeLessThanOrEqual(SIZE / RECORD_HEAD);
        drained(reader);
        expect(put(ring, filled(5, 5), filled(6, 6))).toBe(true);
        expect(drained(reader)).toMatchObject([{ query: filled(5, 5), reply: filled(6, 6) }]);
      }),
    );
  });
});

describe.skipIf(!hasNode24())("two threads", () => {
  /** Puts records of a number and so many octets of it; says how many were taken. */
  const WRITER = `
    import { parentPort, workerData } from "node:worker_threads";
    const { TapRing } = await import(workerData.module);
    const ring = new TapRing(workerData.memory);
    let taken = 0;
    for (let i = 0; i < workerData.count; i++) {
      const reply = new Uint8Array(4 + (i * 37) % 700).fill(i & 255);
      new DataView(reply.buffer).setUint32(0, i);
      const start = ring.reserve(1, 3, reply.length);
      if (start < 0) continue;
      ring.setClient(start, Uint8Array.of(192, 0, 2, i & 255), i & 65535, 0, 0);
      ring.setTime(start, i, 0);
      ring.setMessages(start, Uint8Array.of(1, 2, 3), 3, reply, reply.length);
      ring.publish(start);
      taken++;
    }
    parentPort.postMessage(taken);`;

  test("every record comes whole and in order, or is counted, while both run as fast as they can", async () => {
    const count = 200_000;
    const memory = ringMemory(1 << 16);
    const module = new URL("../../src/answer/tapring.ts", import.meta.url).href;
    const url = new URL(`data:text/javascript,${encodeURIComponent(WRITER)}`);
    const worker = new Worker(url, { workerData: { memory, module, count } });
    const taken = new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
    const over = taken.then(() => true);
    const reader = new RingReader(memory);
    let [read, last, wrong] = [0, -1, 0];
    const look = ({ time, port, query, reply }: TapRecord) => {
      const i = new DataView(reply.buffer, reply.byteOffset).getUint32(0);
      const whole = reply.length === 4 + ((i * 37) % 700) && reply.subarray(4).every((octet) => octet === (i & 255));
      if (!whole || i <= last || time !== i || port !== (i & 65535) || query[2] !== 3) wrong++;
      last = i;
      read++;
    };
    for (let done = false; !done; ) {
      reader.drain(500, look);
      done = await Promise.race([over, new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
    }
    reader.drain(1e9, look);
    expect({ wrong, damaged: reader.damaged }).toEqual({ wrong: 0, damaged: 0 });
    expect(read).toBe(await taken);
    expect(read + reader.dropped(1)).toBe(count);
    expect(read).toBeGreaterThan(1000);
  });
});
