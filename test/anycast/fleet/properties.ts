/**
 * What must hold at every moment of a simulation, seen from above: by what POPs do, not by what they know.
 *
 * 1. Announcers. A soft decision never takes the last announcer of a prefix away. What a POP knows of another may be as old
 *    as two times the patience with reports; so it is no fault of the one who goes if another one failed hard, was forced or
 *    lost the store within that time. In a world without such things there is no excuse.
 * 2. Last resort. When nobody announces a prefix, then nobody is left out of a soft decision who could, for longer than
 *    it takes to see it: alive, with a verdict that is not dead, in touch with the store, not forced.
 * 3. Budget. At the moment of a grant, those who have gone by grants are no more than the budget allows.
 * 4. Window. Of two services with planned grants in one window, without `both`, there is none. Only where nobody restarts or
 *    loses the store: who did has to go by other POPs' clocks.
 */

import type { Course } from "../../../src/anycast/course/course.ts";
import type { Step } from "../../../src/anycast/course/step.ts";
import { GONE_MS } from "../../../src/anycast/fleet/view.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { EVERY, type SimPop } from "./simpop.ts";
import type { Witness, World } from "./world.ts";

/** Two times the patience, and the longest way of a report. */
const STALE = 2 * 2.5 * EVERY + 10_000;
/** Until a POP that was drained has seen that nobody else announces. */
const SEEN = 60_000;

export class Properties implements Witness {
  world: World | undefined;
  readonly broken: string[] = [];
  readonly #announcers = new Map<string, Set<string>>();
  /** When somebody last left a prefix by something else than a soft decision. */
  readonly #hardLeave = new Map<string, number>();
  readonly #emptySince = new Map<string, number>();
  readonly #ableSince = new Map<string, number>();
  readonly #held = new Map<string, Map<string, { run: number }>>();
  #plannedGrants: { readonly service: string; readonly at: number }[] = [];
  /** Nobody restarts, and nobody loses the store. */
  steady = true;
  changes = 0;
  grants = 0;
  resorts = 0;
  softOffs = 0;
  hash = 0;
  /** Of each POP. */
  readonly changesOf = new Map<string, number>();

  changed(pop: SimPop, service: string, prefix: string, from: Level, to: Level): void {
    const { now } = this.#world().timeline;
    this.#note(`${Math.round(now)} ${pop.name} ${prefix} ${from} ${to}`);
    this.changes++;
    this.changesOf.set(pop.name, (this.changesOf.get(pop.name) ?? 0) + 1);
    const announcers = this.#announcers.get(prefix) ?? new Set();
    this.#announcers.set(prefix, announcers);
    if (to !== "off") {
      announcers.add(pop.name);
      this.#emptySince.delete(prefix);
      return;
    }
    announcers.delete(pop.name);
    const soft = pop.alive && this.#isAble(pop, prefix);
    if (soft) this.softOffs++;
    if (soft && announcers.size === 0) this.#lastWent(pop, prefix, now);
    if (!soft) this.#hardLeave.set(prefix, now);
    if (announcers.size === 0) this.#emptySince.set(prefix, now);
    void service;
  }

  #lastWent(pop: SimPop, prefix: string, now: number): void {
    const hard = this.#hardLeave.get(prefix) ?? Number.NEGATIVE_INFINITY;
    if (now - hard > STALE) this.#broke(`${pop.name}, the last announcer of ${prefix}, went softly`);
  }

  stepped(pop: SimPop, service: string, before: Course, made: Step): void {
    const held = made.state.going.held;
    const key = `${pop.name} ${service}`;
    const mine = this.#held.get(service) ?? new Map<string, { run: number }>();
    this.#held.set(service, mine);
    if (held === undefined || held.to === "reserve") mine.delete(pop.name);
    const granted = held !== undefined && held !== before.going.held && before.going.asked?.ticket === held.ticket;
    if (!granted || pop.plans.get(service)?.force) return;
    this.grants++;
    this.#note(`${Math.round(this.#world().timeline.now)} ${key} granted ${held.to}`);
    if (held.to === "drain") this.#countGrant(pop, service, mine);
    if (held.planned && !held.both) this.#countPlanned(pop, service);
  }

  #countGrant(pop: SimPop, service: string, mine: Map<string, { run: number }>): void {
    const { args, pops, timeline } = this.#world();
    mine.set(pop.name, { run: pop.run });
    const { most } = args.limits;
    const allowed = Math.max(1, typeof most === "number" ? most : Math.floor((pops.size * most.percent) / 100));
    const gone = [...mine].filter(([name, { run }]) => {
      const other = pops.get(name)!;
      const forgotten = !other.connected && timeline.now - other.cutSince > GONE_MS - 60_000;
      return other.alive && other.run === run && !forgotten;
    });
    if (gone.length <= allowed) return;
    this.#broke(`${gone.map(([name]) => name).join(", ")} have gone from ${service}, and ${allowed} may`);
  }

  #countPlanned(pop: SimPop, service: string): void {
    const { timeline, args } = this.#world();
    const since = timeline.now - args.limits.window + 1000;
    this.#plannedGrants = this.#plannedGrants.filter(({ at }) => at > since);
    const other = this.#plannedGrants.find((one) => one.service !== service);
    if (this.steady && other) this.#broke(`${pop.name} went from ${service} soon after ${other.service} was changed`);
    this.#plannedGrants.push({ service, at: timeline.now });
  }

  /** To be called every second. */
  look(): void {
    const world = this.#world();
    const { now } = world.timeline;
    for (const pop of world.pops.values()) {
      for (const prefix of [...world.args.services.values()].flat()) {
        const key = `${pop.name} ${prefix}`;
        const able = pop.alive && this.#isAble(pop, prefix) && (pop.connected || world.args.routes);
        if (!able) this.#ableSince.delete(key);
        else if (!this.#ableSince.has(key)) this.#ableSince.set(key, now);
        const able0 = this.#ableSince.get(key);
        const empty = this.#emptySince.get(prefix);
        if (able0 === undefined || empty === undefined || now - Math.max(able0, empty) < SEEN) continue;
        this.#broke(`nobody announces ${prefix}, and ${pop.name} could`);
        this.#emptySince.set(prefix, now);
      }
      for (const { phase } of pop.made.values()) if (phase === "last resort") this.resorts++;
    }
  }

  /** Its verdict lets it announce, and nobody has forced it not to. */
  #isAble(pop: SimPop, prefix: string): boolean {
    const verdict = pop.health.get(prefix)?.verdict;
    const service = [...pop.world.args.services].find(([, prefixes]) => prefixes.includes(prefix))![0];
    return (verdict === "good" || verdict === "wrong") && !pop.plans.get(service)?.force;
  }

  #broke(what: string): void {
    this.broken.push(`${(this.#world().timeline.now / 1000).toFixed(2)}s: ${what}`);
  }

  #note(what: string): void {
    let { hash } = this;
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193) >>> 0;
    this.hash = hash;
  }

  #world(): World {
    return this.world!;
  }
}
