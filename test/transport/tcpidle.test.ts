import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TcpIdle } from "../../src/transport/tcpidle.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that tells when, in milliseconds, it was ended first. */
function connection(usedAt: number) {
  return {
    usedAt,
    ended: Number.POSITIVE_INFINITY,
    expire() {
      this.ended = Math.min(this.ended, Date.now());
    },
  };
}

test("a connection ends when it has been idle for its time, at most a tenth later", () => {
  const open = new Set<ReturnType<typeof connection>>();
  const idle = new TcpIdle(10, open);
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
  const idle = new TcpIdle(1, [one]);
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
  const idle = new TcpIdle(1, [one]);
  idle.stop();
  expect(vi.getTimerCount()).toBe(0);
});
