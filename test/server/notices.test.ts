/** What a service manager is told (sd_notify(3)), and when a server shows that there is life in it. */

import { expect, test } from "vitest";
import { datagramOf, SignsOfLife, watchdogEvery } from "../../src/server/notices.ts";

test("notices that belong together are one datagram, and no text breaks out of its line", () => {
  const ready = [{ kind: "main", pid: 7 }, { kind: "ready" }, { kind: "status", text: "8 zones\nMAINPID=1" }] as const;
  expect(datagramOf(ready, 0)).toBe("MAINPID=7\nREADY=1\nSTATUS=8 zones MAINPID=1");
  expect(datagramOf([{ kind: "reloading" }], 12.7)).toBe("RELOADING=1\nMONOTONIC_USEC=12");
  expect(datagramOf([{ kind: "stopping" }], 0)).toBe("STOPPING=1");
  expect(datagramOf([{ kind: "watchdog" }], 0)).toBe("WATCHDOG=1");
});

test("signs of life come at half the time, where they are awaited of this process", () => {
  expect(watchdogEvery({ WATCHDOG_USEC: "30000000" }, 5)).toBe(15_000);
  expect(watchdogEvery({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "5" }, 5)).toBe(15_000);
  expect(watchdogEvery({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "6" }, 5)).toBeUndefined();
  for (const WATCHDOG_USEC of ["", "0", "-1", "1e3"]) expect(watchdogEvery({ WATCHDOG_USEC }, 5)).toBeUndefined();
  expect(watchdogEvery({}, 5)).toBeUndefined();
});

test("there is life as long as one thread moves, or collects", () => {
  const thread = (beats: number, more: object = {}) => ({ answering: true, collecting: false, beats, ...more });
  const signs = new SignsOfLife();
  expect(signs.look([thread(1), thread(1)])).toBe(true);
  expect(signs.look([thread(1), thread(2)])).toBe(true);
  expect(signs.look([thread(1), thread(2)])).toBe(false);
  expect(signs.look([thread(1, { collecting: true }), thread(2)])).toBe(true);
  expect(signs.look([thread(9, { answering: false }), thread(2)])).toBe(false);
  expect(signs.look([thread(10), thread(2)])).toBe(true);
});
