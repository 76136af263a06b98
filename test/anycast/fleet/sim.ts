/** A fleet that goes through a bad day, by a seed: how large it is, what may happen, and what happens when. */

import type { Goal } from "../../../src/anycast/plan.ts";
import { type Conditions, conditionsOf, delaysOf, type SimOptions } from "./conditions.ts";
import { Dice } from "./dice.ts";
import { Doctor } from "./doctor.ts";
import { Properties } from "./properties.ts";
import type { SimPop } from "./simpop.ts";
import { World } from "./world.ts";

export interface SimResult {
  readonly hash: number;
  readonly broken: readonly string[];
  readonly changes: number;
  readonly grants: number;
  readonly softOffs: number;
  readonly resorts: number;
  readonly events: number;
  readonly about: string;
}

const SECOND = 1000;
const MINUTE = 60_000;

/** Runs a seed. */
export function simulate(seed: number, options: SimOptions = {}): SimResult {
  const day = new Day(seed, options);
  day.chaos();
  day.heal();
  day.rest();
  day.queue();
  return day.result();
}

class Day {
  readonly #dice: Dice;
  readonly #properties = new Properties();
  readonly #world: World;
  readonly #doctors = new Map<SimPop, Map<string, Doctor>>();
  readonly #is: Conditions;
  /** Slow times: reports are read late, and few at once. */
  #slow = false;
  #healing = false;
  #retired: SimPop | undefined;
  readonly #about: string;
  #inputs = 0;

  constructor(seed: number, options: SimOptions) {
    this.#dice = new Dice(seed);
    this.#is = conditionsOf(this.#dice, options);
    const { pops, hard, partitions, limits, routes, notice, services } = this.#is;
    const delays = delaysOf(this.#dice, pops, () => this.#slow);
    const witness = this.#properties;
    this.#world = new World({ limits, notice, services, routes, fleet: true, delays, witness });
    this.#properties.world = this.#world;
    this.#properties.steady = !hard && !partitions;
    this.#about = JSON.stringify({ seed, ...this.#is, services: [...services.keys()] });
    for (let i = 0; i < pops; i++) this.#addPop(`pop${i}`);
  }

  #addPop(name: string): void {
    const skew = this.#dice.pick([
      0,
      0,
      this.#dice.between(-60_000, 60_000),
      this.#dice.between(-4 * 3_600_000, 4 * 3_600_000),
    ]);
    const pop = this.#world.add(name, {
      skew,
      drift: this.#dice.between(-2e-4, 2e-4),
      offset: this.#dice.between(0, 1e9),
    });
    const prefixes = [...this.#world.args.services.values()].flat();
    this.#doctors.set(pop, new Map(prefixes.map((prefix) => [prefix, new Doctor(pop, prefix)])));
    this.#after(this.#dice.between(0, 5_000), () => this.#start(pop));
  }

  chaos(): void {
    const { timeline } = this.#world;
    const look = () => {
      this.#properties.look();
      this.#after(SECOND, look);
    };
    look();
    this.#chatter();
    timeline.run(MINUTE);
    const end = timeline.now + this.#is.minutes * MINUTE;
    while (timeline.now < end) {
      // Things come in bunches: what is to go wrong goes wrong together.
      const pause = this.#dice.chance(0.4) ? this.#dice.between(0, 300) : this.#dice.between(0, 30_000);
      timeline.run(Math.min(end, timeline.now + pause));
      this.#inputs++;
      this.#something();
    }
  }

  /** In slow times POPs report for other reasons, too: reports that nobody has read yet are replaced. */
  #chatter(): void {
    if (this.#slow)
      for (const pop of this.#world.pops.values())
        if (this.#dice.chance(Math.min(0.3, 3 / this.#world.pops.size))) pop.chat();
    if (!this.#healing) this.#after(this.#dice.between(100, 500), () => this.#chatter());
  }

  #something(): void {
    const kinds = [
      ...["plan", "plan", "plan", "serve", "serve", "everybody planned", "soft", "soft", "everybody stale"],
      ...["wrong", "everybody wrong", "well", "well", "slow", "late", "replace"],
      ...(this.#is.hard ? ["dead", "crash", "force", "everybody restarts", "retire"] : []),
      ...(this.#is.partitions ? ["cut", "cut", "joined", "everybody cut"] : []),
      ...(this.#is.renews ? ["renew"] : []),
    ];
    this.#happen(this.#dice.pick(kinds));
  }

  #happen(kind: string): void {
    const pop = this.#dice.pick([...this.#world.pops.values()]);
    const deeds: Record<string, () => void> = {
      plan: () => this.#plan(pop, this.#dice.chance(0.75) ? "drain" : "reserve"),
      serve: () => this.#plan(pop, "serve"),
      "everybody planned": () => this.#soon((one) => this.#plan(one, this.#dice.chance(0.8) ? "drain" : "reserve")),
      soft: () => this.#soft(pop, true),
      "everybody stale": () => this.#soon((one) => this.#soft(one, true)),
      wrong: () => this.#fault(pop, "wrong"),
      "everybody wrong": () => this.#soon((one) => this.#fault(one, "wrong")),
      well: () => this.#soon((one) => this.#well(one)),
      slow: () => {
        this.#slow = !this.#slow;
      },
      late: () => this.#cut(pop, this.#dice.between(0, 6_000)),
      dead: () => this.#fault(pop, "hard"),
      crash: () => this.#crash(pop),
      replace: () => this.#replace(pop),
      force: () => this.#plan(pop, "drain", true),
      "everybody restarts": () => this.#soon((one) => this.#crash(one)),
      retire: () => this.#retire(pop),
      cut: () => this.#cut(pop, this.#dice.pick([5_000, 25_000, 90_000, 17 * MINUTE]) * this.#dice.between(0.5, 1.1)),
      joined: () => this.#soon((one) => this.#join(one)),
      "everybody cut": () => this.#soon((one) => this.#cut(one, this.#dice.between(1_000, 120_000))),
      renew: () => this.#world.store.renew(),
    };
    deeds[kind]!();
  }

  /** To nearly all of them, at nearly the same time. */
  #soon(what: (one: SimPop) => void): void {
    const spread = this.#dice.pick([0, 50, 500]);
    for (const one of this.#world.pops.values()) {
      if (this.#dice.chance(0.9)) this.#after(this.#dice.between(0, spread), () => !this.#healing && what(one));
    }
  }

  #plan(pop: SimPop, to: Goal, force = false): void {
    const service = this.#dice.pick([...this.#world.args.services.keys()]);
    const at = pop.moment().date;
    const until = this.#dice.chance(0.3) ? at + this.#dice.between(5_000, 5 * MINUTE) : undefined;
    const both = this.#properties.steady ? false : this.#dice.chance(0.3);
    pop.plan({ service, to, by: "sim", why: undefined, at, until, both, force });
  }

  #soft(pop: SimPop, stale: boolean): void {
    pop.soft = stale ? [{ kind: "stale", why: "stale" }] : [];
    pop.look();
  }

  #fault(pop: SimPop, severity: "hard" | "wrong"): void {
    for (const doctor of this.#doctors.get(pop)!.values()) if (this.#dice.chance(0.7)) doctor.fault(severity);
  }

  #well(pop: SimPop): void {
    this.#soft(pop, false);
    for (const doctor of this.#doctors.get(pop)!.values()) doctor.fault(undefined);
  }

  #crash(pop: SimPop): void {
    if (!pop.alive || this.#healing) return;
    pop.crash();
    this.#after(this.#dice.between(500, 60_000), () => this.#start(pop));
  }

  #replace(pop: SimPop): void {
    if (pop.alive && !this.#healing) pop.replace();
  }

  /** Taken down for good; one of them is enough. */
  #retire(pop: SimPop): void {
    if (this.#retired !== undefined || this.#world.pops.size < 4) return;
    this.#retired = pop;
    if (pop.alive) pop.crash();
  }

  #start(pop: SimPop): void {
    if (pop.alive || pop === this.#retired) return;
    pop.start();
    for (const doctor of this.#doctors.get(pop)!.values()) doctor.begin();
  }

  #cut(pop: SimPop, length: number): void {
    if (this.#healing) return;
    pop.connect(false);
    this.#after(length, () => this.#join(pop));
  }

  #join(pop: SimPop): void {
    pop.connect(true, this.#dice.chance(0.5));
  }

  /** All that ails the fleet is over; forced plans, too. */
  heal(): void {
    this.#healing = true;
    this.#slow = false;
    for (const pop of this.#staff()) {
      if (!pop.alive) this.#start(pop);
      pop.connect(true);
      this.#well(pop);
      for (const service of this.#world.args.services.keys()) {
        pop.plan({
          service,
          to: "serve",
          by: "sim",
          why: undefined,
          at: pop.moment().date,
          until: undefined,
          both: true,
          force: false,
        });
      }
    }
    // Until nobody waits for the one that was taken down.
    this.#run(this.#retired === undefined ? 3 * MINUTE : 18 * MINUTE);
  }

  #staff(): SimPop[] {
    return [...this.#world.pops.values()].filter((pop) => pop !== this.#retired);
  }

  /** Nothing happens, and nothing changes. */
  rest(): void {
    const before = this.#properties.changes;
    this.#run(3 * MINUTE);
    if (this.#properties.changes !== before) this.#broke("routes changed while nothing happened");
    for (const pop of this.#staff()) {
      for (const [service, { phase, why, ask }] of pop.made) {
        if (phase !== "up" || ask !== undefined) this.#broke(`${pop.name} is ${phase} for ${service}: ${why}`);
      }
    }
    // Each thing that happens moves a POP there and back, and those that were drained by a last resort.
    const bound = 4 * this.#world.pops.size + this.#inputs * 6 * this.#world.pops.size;
    if (before > bound) this.#broke(`${before} changes of routes by ${this.#inputs} things that happened`);
  }

  /** Some are told to drain at the same time. Each of them gets there, and is told to serve again. */
  queue(): void {
    const service = this.#dice.pick([...this.#world.args.services.keys()]);
    const pops = this.#staff().slice(0, 5);
    this.#run(this.#world.args.limits.window);
    const plan = (pop: SimPop, to: Goal) =>
      pop.plan({
        service,
        to,
        by: "sim",
        why: undefined,
        at: pop.moment().date,
        until: undefined,
        both: true,
        force: false,
      });
    for (const pop of pops) plan(pop, "drain");
    const waiting = new Set(pops);
    for (let i = 0; i < pops.length * 4 && waiting.size > 0; i++) {
      this.#run(10 * SECOND + this.#world.args.notice);
      for (const pop of waiting) {
        if (pop.made.get(service)?.phase !== "drained") continue;
        waiting.delete(pop);
        plan(pop, "serve");
      }
    }
    for (const pop of waiting) this.#broke(`${pop.name} was never drained: ${pop.made.get(service)?.why}`);
  }

  result(): SimResult {
    const { hash, broken, changes, grants, softOffs, resorts } = this.#properties;
    const events = this.#world.timeline.happened;
    return { hash, broken, changes, grants, softOffs, resorts, events, about: this.#about };
  }

  #broke(what: string): void {
    this.#properties.broken.push(`${(this.#world.timeline.now / 1000).toFixed(2)}s: ${what}`);
  }

  #run(milliseconds: number): void {
    this.#world.timeline.run(this.#world.timeline.now + milliseconds);
  }

  #after(delay: number, happen: () => void): void {
    this.#world.timeline.after(delay, happen);
  }
}
