import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import { NEVER, TcpPatience } from "../../src/transport/tcppatience.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const seconds = (idle: number) => ({ idle, message: idle, unread: idle });

/** A connection that tells when, in milliseconds, it was ended first. */
function connection(usedAt: number) {
  return {
    usedAt,
    begunAt: NEVER,
    unreadAt: NEVER,
    unreadSince() {
      return this.unreadAt;
    },
    ended: Number.POSITIVE_INFINITY,
    expire() {
      this.ended = Math.min(this.ended, Date.now());
    },
  };
}

test("a connection ends when it has been idle for its time, at most a tenth later", () => {
  const open = new Set<ReturnType<typeof connection>>();
  const idle = new TcpPatience(seconds(10), open);
  const start = Date.now();
  const opened = [0, 1, 400, 999, 1000, 5500].map((at) => {
    vi.advanceTimersByTime(start + at - Date.now());
    const one = connection(idle.step);
    open.add(one);
    return { at, one };
  });
  vi.advanceTimersByTime(60_000);
  for (const { at, one } of opened) {
    expect(one.ended - start - at).toBeGreaterThanOrEqual(10_000);
    expect(one.ended - start - at).toBeLessThanOrEqual(11_000);
  }
  idle.stop();
});

test("one that is used goes on, and ends its time after it was used last", () => {
  const one = connection(0);
  const idle = new TcpPatience(seconds(1), [one]);
  const start = Date.now();
  for (let i = 0; i < 50; i++) {
    vi.advanceTimersByTime(900);
    one.usedAt = idle.step;
  }
  expect(one.ended).toBe(Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(2000);
  expect(one.ended - start).toBeGreaterThanOrEqual(46_000);
  expect(one.ended - start).toBeLessThanOrEqual(46_100);
  idle.stop();
});

test("nobody is looked at any more once it has stopped", () => {
  const one = connection(0);
  const idle = new TcpPatience(seconds(1), [one]);
  idle.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  { what: "a message that has begun", since: "begunAt", count: Count.TCP_SLOW },
  { what: "replies that are not read", since: "unreadAt", count: Count.TCP_UNREAD },
] as const)("$what: the connection ends by a time of its own, however much it is used, and is counted", (one) => {
  const limits = { idle: 10, message: one.since === "begunAt" ? 3 : 60, unread: one.since === "unreadAt" ? 3 : 60 };
  const connections = [connection(0), connection(0)];
  const [slow, usual] = connections;
  const counters = new Counters();
  const patience = new TcpPatience(limits, connections, counters);
  const start = Date.now();
  for (let tenth = 0; tenth < 120; tenth++) {
    vi.advanceTimersByTime(100);
    for (const each of connections) each.usedAt = patience.step;
    if (Date.now() - start === 4000) slow[one.since] = patience.step;
    if (slow.ended < NEVER) connections.splice(0, 1);
  }
  expect(slow.ended - start).toBeGreaterThanOrEqual(7000);
  expect(slow.ended - start).toBeLessThanOrEqual(7300);
  expect(usual.ended).toBe(NEVER);
  expect(counters.cells[one.count]).toBe(1);
  patience.stop();
});

test("the idle time is whole where another one is shorter", () => {
  const one = connection(0);
  const patience = new TcpPatience({ idle: 10, message: 3, unread: 3 }, [one]);
  const start = Date.now();
  vi.advanceTimersByTime(60_000);
  expect(one.ended - start).toBeGreaterThanOrEqual(10_000);
  expect(one.ended - start).toBeLessThanOrEqual(10_600);
  patience.stop();
});
