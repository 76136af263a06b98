/** What must hold for the health of a prefix, whatever happens to it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Clocks, historyOf, pastOf } from "../../../src/anycast/health/history.ts";
import { ended } from "../../../src/anycast/health/past.ts";
import { type Health, type HealthEvent, initialHealth, step } from "../../../src/anycast/health/step.ts";
import type { HealthLimits, Outcome, Severity } from "../../../src/anycast/health/verdict.ts";

const CHECKS = ["udp", "tcp", "soa"];
const HOUR = 3_600_000;
const PACE = 250;

type Happening =
  | { readonly fails: string; readonly severity: Severity; readonly times: number }
  | { readonly goodFor: number }
  | { readonly idle: number }
  | { readonly flaps: number }
  | { readonly fact: string; readonly holds: boolean }
  | { readonly starts: "crash" | "restart" };

const check = fc.constantFrom(...CHECKS);
const times = fc.integer({ min: 1, max: 6 });
const hard = fc.record({ fails: check, severity: fc.constant<Severity>("hard"), times });
const wrong = fc.record({ fails: check, severity: fc.constant<Severity>("wrong"), times });
const goodFor = fc.record({ goodFor: fc.integer({ min: 1, max: 400 }) });
const idle = fc.record({ idle: fc.integer({ min: 1, max: 1_500_000 }) });
const flaps = fc.record({ flaps: fc.integer({ min: 1, max: 6 }) });
const fact = fc.record({ fact: fc.constantFrom("thread:udp-1", "thread:udp-2"), holds: fc.boolean() });
const starts = fc.record({ starts: fc.constantFrom("crash" as const, "restart" as const) });
const often = (arbitrary: fc.Arbitrary<Happening>) => ({ arbitrary, weight: 6 });
const seldom = (arbitrary: fc.Arbitrary<Happening>) => ({ arbitrary, weight: 1 });
const hardOnly = fc.oneof(often(hard), often(goodFor), often(idle), often(flaps), seldom(fact));
const anything = fc.oneof(
  often(hard),
  often(wrong),
  often(goodFor),
  often(idle),
  seldom(flaps),
  seldom(fact),
  seldom(starts),
);
const many = (happening: fc.Arbitrary<Happening>) => fc.array(happening, { maxLength: 60 });

const limits = fc.record<HealthLimits>({
  fall: fc.integer({ min: 1, max: 4 }),
  rise: fc.integer({ min: 1, max: 8 }),
  cooldown: fc.integer({ min: 1000, max: 20_000 }),
  cooldownMost: fc.integer({ min: 1000, max: 60_000 }),
  transitions: fc.integer({ min: 2, max: 6 }),
});

/** A health to which things happen, and what is seen after each step. */
class Life {
  readonly limits: HealthLimits;
  health: Health;
  now = 0;
  /** The process's monotonic clock begins anew with it. */
  #started = 0;
  readonly #seen: (before: Health, now: number) => void;

  constructor(limits: HealthLimits, seen: (this: Life, before: Health, now: number) => void = () => {}) {
    this.limits = limits;
    this.health = initialHealth(CHECKS, 0, limits);
    this.#seen = seen.bind(this);
  }

  take(event: HealthEvent): void {
    const before = this.health;
    this.health = step(before, event, this.now - this.#started, this.limits);
    this.#seen(before, this.now);
  }

  say(check: string, outcome: Outcome): void {
    this.take({ say: "outcome", check, outcome });
  }

  happens(happening: Happening): void {
    if ("fails" in happening) {
      const { fails, severity, times } = happening;
      for (let i = 0; i < times; i++, this.now += 50) this.say(fails, { ok: false, severity, why: `${fails} fails` });
    } else if ("goodFor" in happening) {
      for (let i = 0; i < happening.goodFor; i++) this.allGood();
    } else if ("idle" in happening) {
      this.now += happening.idle;
      this.take({ say: "tick" });
    } else if ("flaps" in happening) {
      for (let i = 0; i < happening.flaps; i++) {
        this.happens({ fails: "udp", severity: "hard", times: this.limits.fall });
        this.happens({ goodFor: 100 });
      }
    } else if ("fact" in happening) {
      this.take({ say: "fact", key: happening.fact, why: happening.holds ? "it hangs" : undefined });
    } else this.startAgain(happening.starts === "restart");
  }

  allGood(): void {
    this.now += PACE;
    for (const check of CHECKS) this.say(check, { ok: true });
  }

  startAgain(planned: boolean): void {
    const before = this.health;
    const old = this.clocks();
    const past = planned ? ended(before.past, old.monotonic(), this.limits) : before.past;
    this.#started = this.now;
    const saved = JSON.parse(JSON.stringify(historyOf(past, old)));
    this.health = initialHealth(CHECKS, 0, this.limits, pastOf(saved, this.clocks()));
    this.#seen(before, this.now);
  }

  clocks(): Clocks {
    const { now } = this;
    const started = this.#started;
    return { now: () => 1.7e12 + now, monotonic: () => now - started };
  }
}

/** The most of these times that lie within an hour. */
function mostInAnHour(times: readonly number[]): number {
  return Math.max(0, ...times.map((end) => times.filter((at) => at > end - HOUR && at <= end).length));
}

test("never more transitions in an hour than the limit: from good and back, but for the first time", () => {
  let most = 0;
  fc.assert(
    fc.property(limits, many(hardOnly), (limits, happenings) => {
      const changes: number[] = [];
      let first = true;
      const life = new Life(limits, function (before, now) {
        if ((before.verdict === "good") === (this.health.verdict === "good")) return;
        if (!first) changes.push(now);
        first = false;
      });
      for (const happening of happenings) life.happens(happening);
      expect(mostInAnHour(changes)).toBeLessThanOrEqual(limits.transitions);
      if (mostInAnHour(changes) === limits.transitions) most++;
    }),
    { numRuns: 1000 },
  );
  // Otherwise it was not put to the test.
  expect(most).toBeGreaterThan(50);
});

test("nor with wrong answers, crashes and restarts: a fall and a rise in two steps count as one", () => {
  fc.assert(
    fc.property(limits, many(anything), (limits, happenings) => {
      const changes: number[] = [];
      const life = new Life(limits, function (before, now) {
        const [was, is] = [before.past.standing, this.health.past.standing];
        if (was !== is && was !== "new" && is !== "new") changes.push(now);
      });
      for (const happening of happenings) life.happens(happening);
      expect(mostInAnHour(changes)).toBeLessThanOrEqual(limits.transitions);
    }),
    { numRuns: 1000 },
  );
});

test("it is never good while a hard fact holds, nor after failures in a row; and it says why it is not", () => {
  fc.assert(
    fc.property(limits, many(anything), (limits, happenings) => {
      const life = new Life(limits, function () {
        const { verdict, phase, why, facts, checks, past, wait } = this.health;
        if (facts.size > 0) expect(verdict).toBe("dead");
        for (const { hard, bad } of checks.values()) {
          if (hard >= limits.fall) expect(verdict).toBe("dead");
          if (bad >= limits.fall) expect(["wrong", "dead"]).toContain(verdict);
        }
        const good = verdict === "good";
        expect([phase === "up" || phase === "suspect", why === undefined]).toEqual([good, good]);
        if (good) expect(past.standing).toBe("up");
        expect(wait !== undefined).toBe(phase === "cooldown");
      });
      for (const happening of happenings) life.happens(happening);
    }),
    { numRuns: 500 },
  );
});

test("dead is never left for anything in the cooldown, and wrong only for dead or good", () => {
  fc.assert(
    fc.property(limits, many(anything), (limits, happenings) => {
      let fell = Number.NEGATIVE_INFINITY;
      const life = new Life(limits, function (before, now) {
        const [was, is] = [before.verdict, this.health.verdict];
        if (was === is || is === "unproven") return;
        if (was === "good") fell = now;
        if (was === "wrong") expect(["good", "dead"]).toContain(is);
        const left = was === "dead" || (was === "wrong" && before.past.standing === "fallen" && is === "good");
        const most = Math.min(limits.cooldown, limits.cooldownMost);
        if (left) expect(now - fell).toBeGreaterThanOrEqual(most);
      });
      for (const happening of happenings) life.happens(happening);
    }),
    { numRuns: 500 },
  );
});

test("whatever was before, good answers to everything end in good: within the hour, the cooldown, and a rise", () => {
  fc.assert(
    fc.property(limits, many(anything), (limits, happenings) => {
      const life = new Life(limits);
      for (const happening of happenings) life.happens(happening);
      for (const fact of life.health.facts.keys()) life.happens({ fact, holds: false });
      for (let i = 0; i <= limits.rise; i++) life.allGood();
      // As a monitor does it: it ticks when the wait ends.
      const { wait } = life.health;
      if (wait !== undefined) {
        const idle = wait.until - life.clocks().monotonic();
        expect(idle).toBeLessThanOrEqual(Math.max(HOUR, limits.cooldownMost));
        life.happens({ idle });
      }
      expect(life.health.verdict).toBe("good");
    }),
    { numRuns: 1000 },
  );
});

test("the same happenings make the same health, and no health is ever changed", () => {
  const told = (health: Health) => JSON.stringify([health, [...health.checks], [...health.facts]]);
  fc.assert(
    fc.property(limits, many(anything), (limits, happenings) => {
      const [one, other] = [[] as string[], [] as string[]];
      const healths: Health[] = [];
      const life = new Life(limits, function () {
        healths.push(this.health);
        one.push(told(this.health));
      });
      const again = new Life(limits, function () {
        other.push(told(this.health));
      });
      for (const happening of happenings) life.happens(happening);
      for (const happening of happenings) again.happens(happening);
      expect(other).toEqual(one);
      expect(healths.map(told)).toEqual(one);
    }),
    { numRuns: 50 },
  );
});

test("a prefix of which nothing is asked is never good", () => {
  const limits = { fall: 3, rise: 8, cooldown: 10_000, cooldownMost: 600_000, transitions: 12 };
  const health = step(initialHealth([], 0, limits), { say: "tick" }, 1e6, limits);
  expect(health).toMatchObject({ verdict: "unproven", why: "nothing is asked of it" });
});
