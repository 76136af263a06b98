/** Places for handshakes: whose they are, and who loses his. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Counters, TlsCount } from "../../src/answer/counters.ts";
import { type HandshakeLimits, Handshakes } from "../../src/transport/handshakes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function places(limits: Partial<HandshakeLimits>) {
  const counters = new Counters();
  const handshakes = new Handshakes({ most: 4, perClient: 2, seconds: 5, ...limits }, counters);
  const cut: string[] = [];
  const begin = (prefix: string, name: string) => handshakes.begin(prefix, () => void cut.push(name));
  return { handshakes, begin, cut, counted: (how: number) => counters.cells[how] };
}

test("one too many of a client's displaces the oldest of the client", () => {
  const { begin, cut, counted, handshakes } = places({});
  for (const name of ["a1", "b1", "a2", "a3", "a4"]) begin(name[0], name);
  expect(cut).toEqual(["a1", "a2"]);
  expect([handshakes.count, counted(TlsCount.DISPLACED)]).toEqual([3, 2]);
});

test("one too many in all displaces the oldest of all", () => {
  const { begin, cut } = places({});
  for (const name of ["a1", "b1", "c1", "d1", "e1", "f1"]) begin(name[0], name);
  expect(cut).toEqual(["a1", "b1"]);
});

test("with a single place, a client's next one has that of the one before", () => {
  const { begin, cut, handshakes } = places({ most: 1, perClient: 1 });
  for (const name of ["a1", "a2", "b1"]) begin(name[0], name);
  expect(cut).toEqual(["a1", "a2"]);
  expect(handshakes.count).toBe(1);
});

test("one that is over leaves its place, is counted once, and is not cut later", () => {
  const { begin, cut, counted, handshakes } = places({});
  const first = begin("a", "a1");
  first.end(TlsCount.FULL);
  first.end(TlsCount.FAILED);
  vi.advanceTimersByTime(10_000);
  expect(cut).toEqual([]);
  expect([handshakes.count, counted(TlsCount.FULL), counted(TlsCount.FAILED)]).toEqual([0, 1, 0]);
});

test("one whose time is over is cut", () => {
  const { begin, cut, counted, handshakes } = places({});
  begin("a", "a1");
  vi.advanceTimersByTime(3000);
  begin("b", "b1");
  vi.advanceTimersByTime(2500);
  expect(cut).toEqual(["a1"]);
  expect([handshakes.count, counted(TlsCount.LATE)]).toEqual([1, 1]);
});
