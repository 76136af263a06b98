/** When silence means that a thread hangs. */

import { expect, test } from "vitest";
import type { ProcessorTime } from "../../src/server/processortime.ts";
import { PULSE_BYTES, Pulse, Silence } from "../../src/server/pulse.ts";

const IDLE = { busy: false, zones: 0 };
const UNKNOWN = () => undefined;

/** Looks at the same pulse again and again: how many looks until the thread is said to hang. */
function looksUntilHung(
  elapsed: number,
  load = IDLE,
  hung = 200,
  processor: () => ProcessorTime | undefined = UNKNOWN,
): number {
  const silence = new Silence(50, hung);
  silence.look(7, elapsed, load, processor);
  for (let looks = 1; looks < 10_000; looks++) if (silence.look(7, elapsed, load, processor)) return looks;
  return Number.POSITIVE_INFINITY;
}

test("a thread that is silent for four looks of 50 ms hangs", () => {
  expect(looksUntilHung(50)).toBe(4);
});

test("looks that come late count as if they came in time", () => {
  expect(looksUntilHung(5000)).toBe(4);
});

test("looks that come early count for what they are", () => {
  expect(looksUntilHung(10)).toBe(20);
});

test("any beat begins anew, after 2^31 of them too", () => {
  const silence = new Silence(50, 100);
  const shared = new SharedArrayBuffer(PULSE_BYTES);
  const pulse = new Pulse(shared);
  new Int32Array(shared)[0] = 2 ** 31 - 2;
  for (let i = 0; i < 10; i++) {
    pulse.beat();
    expect(silence.look(pulse.beats, 50, IDLE, UNKNOWN)).toBe(false);
    expect(silence.look(pulse.beats, 50, IDLE, UNKNOWN)).toBe(false);
  }
  expect(silence.look(pulse.beats, 50, IDLE, UNKNOWN)).toBe(true);
});

test("who collects, or takes zones, has ten times as long; who has many zones has longer", () => {
  expect(looksUntilHung(50, { busy: true, zones: 0 })).toBe(40);
  expect(looksUntilHung(50, { busy: false, zones: 100_000 })).toBe(20);
  expect(looksUntilHung(50, { busy: false, zones: 20_000 })).toBe(4);
});

test("a collection is seen by whoever looks", () => {
  const shared = new SharedArrayBuffer(PULSE_BYTES);
  new Pulse(shared).collecting(true);
  expect(new Pulse(shared).isCollecting).toBe(true);
  new Pulse(shared).collecting(false);
  expect(new Pulse(shared).isCollecting).toBe(false);
});

test("a thread that wants a processor is silent for as long as it has one", () => {
  const running = (each: number, wants = true) => {
    let ran = 1000;
    return () => {
      ran += each;
      return { wants, ran };
    };
  };
  expect(looksUntilHung(50, IDLE, 200, running(50))).toBe(4);
  // The first look only learns how long it has run before.
  expect(looksUntilHung(50, IDLE, 200, running(25))).toBe(7);
  // Another program has the processor.
  expect(looksUntilHung(50, IDLE, 200, running(0))).toBe(Number.POSITIVE_INFINITY);
  // It waits for something that does not come.
  expect(looksUntilHung(50, IDLE, 200, running(0, false))).toBe(4);
});
