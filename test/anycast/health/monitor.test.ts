/** The monitor with checks that say what they are told to, by real timers. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { Check } from "../../../src/anycast/health/asking.ts";
import type { Histories } from "../../../src/anycast/health/history.ts";
import { Monitor, type MonitorOptions } from "../../../src/anycast/health/monitor.ts";
import type { Outcome, PrefixHealth } from "../../../src/anycast/health/verdict.ts";

const V4 = "198.51.100.0/24";
const V6 = "2001:db8:53::/48";
const LIMITS = { fall: 3, rise: 4, cooldown: 200, cooldownMost: 1000, transitions: 12 };
const PACES = { udp: 30, tcp: 60, recheck: 5 };
const OK: Outcome = { ok: true };
const hard = (why: string): Outcome => ({ ok: false, severity: "hard", why });

class FakeCheck implements Check {
  readonly name: string;
  readonly pace: "udp" | "tcp";
  outcome: Outcome = OK;
  /** Milliseconds that an answer takes. */
  takes = 1;
  /** When each question began. */
  readonly asked: number[] = [];
  underWay = 0;
  mostUnderWay = 0;

  constructor(name: string, pace: "udp" | "tcp" = "udp") {
    this.name = name;
    this.pace = pace;
  }

  async run(signal: AbortSignal): Promise<Outcome> {
    this.asked.push(performance.now());
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    await sleep(this.takes, undefined, { signal }).catch(() => {});
    this.underWay--;
    return this.outcome;
  }
}

/** A monitor, and all that it has told, as "PREFIX verdict" and as events. */
class Watched {
  readonly changes: string[] = [];
  readonly events: string[] = [];
  readonly saved: Histories[] = [];
  readonly monitor: Monitor;

  constructor(checks: Readonly<Record<string, readonly Check[]>>, options: Partial<MonitorOptions> = {}) {
    const surroundings = {
      now: Date.now,
      monotonic: () => performance.now(),
      changed: (prefix: string, { verdict }: PrefixHealth) => {
        if (verdict !== "unproven" && this.changes.at(-1) !== `${prefix} ${verdict}`)
          this.changes.push(`${prefix} ${verdict}`);
      },
      tell: (_level: string, event: string) => this.events.push(event),
      save: (histories: Histories) => this.saved.push(histories),
    };
    const watched = Object.entries(checks).map(([prefix, checks]) => ({ prefix, checks }));
    this.monitor = new Monitor({ watched, paces: PACES, limits: LIMITS, surroundings, history: {}, ...options });
    this.monitor.start();
    open.push(this.monitor);
  }

  verdict(prefix = V4): string | undefined {
    return this.monitor.health.get(prefix)?.verdict;
  }

  async until(verdict: string, prefix = V4): Promise<void> {
    await expect.poll(() => this.verdict(prefix), { timeout: 5000, interval: 5 }).toBe(verdict);
  }
}

const open: Monitor[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((monitor) => monitor.close()));
});

test("two prefixes start, one falls and comes back; the other one knows nothing of it", async () => {
  const [udp4, udp6] = [new FakeCheck("v4/udp"), new FakeCheck("v6/udp")];
  const watched = new Watched({ [V4]: [udp4, new FakeCheck("v4/tcp", "tcp")], [V6]: [udp6] });
  expect(watched.monitor.health.get(V4)).toMatchObject({ verdict: "unproven", why: "v4/udp has not been asked yet" });
  await watched.until("good");
  await watched.until("good", V6);
  udp4.outcome = hard("v4/udp does not answer");
  const before = Date.now();
  await watched.until("dead");
  const health = watched.monitor.health.get(V4);
  expect(health).toMatchObject({ phase: "down", why: "v4/udp does not answer", checks: [{ check: "v4/udp" }, {}] });
  expect(health?.since).toBeGreaterThanOrEqual(before);
  expect(health?.checks[0]?.last?.outcome).toEqual(udp4.outcome);
  udp4.outcome = OK;
  await watched.until("good");
  expect(watched.changes.filter((change) => change.startsWith(V6))).toEqual([`${V6} good`]);
  expect(watched.changes.filter((change) => change.startsWith(V4)).slice(-2)).toEqual([`${V4} dead`, `${V4} good`]);
  expect(watched.events.filter((event) => event !== "health.up")).toEqual(["health.suspect", "health.down"]);
});

test("the end of a cooldown needs no answer to be noticed", async () => {
  const udp = new FakeCheck("udp");
  const watched = new Watched({ [V4]: [udp] });
  await watched.until("good");
  udp.outcome = hard("udp does not answer");
  await watched.until("dead");
  udp.outcome = OK;
  await expect.poll(() => watched.monitor.health.get(V4)?.phase, { timeout: 5000, interval: 2 }).toBe("cooldown");
  expect(watched.monitor.health.get(V4)?.until).toBeGreaterThan(Date.now() - 50);
  udp.takes = 60_000;
  await watched.until("good");
});

test("what fails is asked again soon until the prefix has fallen, and then at its pace", async () => {
  const udp = new FakeCheck("udp");
  const watched = new Watched({ [V4]: [udp] }, { paces: { udp: 400, tcp: 400, recheck: 5 } });
  await watched.until("good");
  udp.outcome = hard("udp does not answer");
  await watched.until("dead");
  const [first = 0, , third = 0] = udp.asked.slice(-3);
  // Two rechecks, each far sooner than the pace would have it.
  expect(third - first).toBeLessThan(400);
  const asked = udp.asked.length;
  await expect.poll(() => udp.asked.length, { timeout: 5000 }).toBeGreaterThan(asked);
  expect((udp.asked[asked] ?? 0) - third).toBeGreaterThan(300);
});

test("never two questions of one check at a time, however long an answer takes", async () => {
  const udp = new FakeCheck("udp");
  udp.takes = 50;
  const watched = new Watched({ [V4]: [udp] }, { paces: { udp: 1, tcp: 1, recheck: 1 } });
  await expect.poll(() => udp.asked.length, { timeout: 5000 }).toBeGreaterThan(5);
  expect(udp.mostUnderWay).toBe(1);
  expect(watched.verdict()).toBe("good");
});

test("an event loop that stalls for longer than all paces is nobody's failure", async () => {
  const checks = [new FakeCheck("udp"), new FakeCheck("tcp", "tcp")];
  const watched = new Watched({ [V4]: checks });
  await watched.until("good");
  const asked = checks.map((check) => check.asked.length);
  const end = performance.now() + 300;
  while (performance.now() < end);
  await expect.poll(() => checks.every((check, i) => check.asked.length > (asked[i] ?? 0) + 2)).toBe(true);
  expect(watched.changes).toEqual([`${V4} good`]);
  expect(watched.events).toEqual(["health.up"]);
});

test("a hard fact falls before the call returns, for all prefixes", async () => {
  const watched = new Watched({ [V4]: [new FakeCheck("udp")], [V6]: [new FakeCheck("udp")] });
  await watched.until("good");
  await watched.until("good", V6);
  watched.monitor.fact("thread:udp-2", "thread udp-2 hangs");
  expect([watched.verdict(V4), watched.verdict(V6)]).toEqual(["dead", "dead"]);
  expect(watched.monitor.health.get(V6)).toMatchObject({ why: "thread udp-2 hangs", facts: ["thread udp-2 hangs"] });
  watched.monitor.fact("thread:udp-2", undefined);
  await watched.until("good", V6);
});

test("a line for a verdict, none for a question: doubts are told of once a minute", async () => {
  const udp = new FakeCheck("udp");
  const watched = new Watched({ [V4]: [udp] });
  await watched.until("good");
  for (let i = 0; i < 5; i++) {
    udp.outcome = hard("udp does not answer");
    await expect.poll(() => watched.monitor.health.get(V4)?.phase, { interval: 1 }).not.toBe("up");
    udp.outcome = OK;
    await expect.poll(() => watched.monitor.health.get(V4)?.phase, { timeout: 5000, interval: 1 }).toBe("up");
  }
  expect(watched.events.filter((event) => event === "health.suspect")).toHaveLength(1);
});

test("a check that throws, which none may, is wrong, and is asked on", async () => {
  const broken = new FakeCheck("udp");
  broken.run = async () => {
    broken.asked.push(0);
    throw new Error("no descriptors");
  };
  const watched = new Watched({ [V4]: [broken] });
  await watched.until("wrong");
  expect(watched.monitor.health.get(V4)?.why).toBe("udp can't be asked: Error: no descriptors");
  const asked = broken.asked.length;
  await expect.poll(() => broken.asked.length, { timeout: 5000 }).toBeGreaterThan(asked);
});

test("a planned restart is good at once, a crash waits; both are known by what was saved", async () => {
  const first = new Watched({ [V4]: [new FakeCheck("udp")] });
  await first.until("good");
  const [up] = first.saved;
  expect(up?.[V4]?.standing).toBe("up");
  await first.monitor.close();
  first.monitor.fact("thread:udp-1", "thread udp-1 has ended");
  const planned = new Watched({ [V4]: [new FakeCheck("udp")] }, { history: first.saved.at(-1) ?? {} });
  await planned.until("good");
  expect(planned.monitor.health.get(V4)).toMatchObject({ phase: "up" });
  expect(planned.saved.at(-1)?.[V4]).toMatchObject({ standing: "up", changes: [] });

  const limits = { ...LIMITS, cooldown: 800 };
  const crashed = new Watched({ [V4]: [new FakeCheck("udp")] }, { history: up ?? {}, limits });
  const began = performance.now();
  expect(crashed.saved[0]?.[V4]).toMatchObject({ standing: "fallen", strikes: 1 });
  await crashed.until("good");
  expect(performance.now() - began).toBeGreaterThan(700);
  expect(crashed.saved.at(-1)?.[V4]?.changes).toHaveLength(2);
});

test("the past of a prefix that is not watched now is kept", async () => {
  const past = { standing: "fallen", since: 1, changes: [1], strikes: 3 } as const;
  const watched = new Watched({ [V4]: [new FakeCheck("udp")] }, { history: { [V6]: past } });
  await watched.until("good");
  expect(watched.saved.at(-1)?.[V6]).toEqual(past);
});

test("a rise is saved before it is told of, and a fall after", async () => {
  const order: string[] = [];
  const udp = new FakeCheck("udp");
  const surroundings: MonitorOptions["surroundings"] = {
    now: Date.now,
    monotonic: () => performance.now(),
    changed: (_, { verdict }) => order.push(verdict),
    tell: () => {},
    save: (histories) => order.push(`saved ${histories[V4]?.standing}`),
  };
  const watched = new Watched({ [V4]: [udp] }, { surroundings });
  await watched.until("good");
  udp.outcome = hard("udp does not answer");
  await watched.until("dead");
  expect(order.slice(-4)).toEqual(["saved up", "good", "dead", "saved fallen"]);
});

test("close ends what is under way, and nothing is asked or told after it", async () => {
  const [quick, slow] = [new FakeCheck("udp"), new FakeCheck("tcp", "tcp")];
  slow.takes = 60_000;
  const watched = new Watched({ [V4]: [quick, slow] });
  await expect.poll(() => slow.underWay, { timeout: 5000 }).toBe(1);
  await watched.monitor.close();
  expect([quick.underWay, slow.underWay]).toEqual([0, 0]);
  const [asked, told] = [quick.asked.length, watched.changes.length];
  await sleep(100);
  expect([quick.asked.length, watched.changes.length]).toEqual([asked, told]);
});
