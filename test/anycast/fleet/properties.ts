/**
 * What must hold at every moment of a simulation, seen from above: by what POPs do, not by what they know.
 *
 * 1. Announcers. A soft decision never takes the last announcer of a prefix away. What a POP knows of another may be as old
 *    as two times the patience with reports; so it is no fault of the one who goes if another one failed hard, was forced or
 *    lost the store within that time. In a world without such things there is no excuse.
 * 2. Last resort. When nobody announces a prefix, then nobody is left out of a soft decision who could, for longer than
 *    it takes to see it: alive, with a verdict that is not dead, in touch with the store, not forced.
 * 3. Budget. At the moment of a grant, those who have gone by grants are no more than the budget allows.
 *    So are all that are less than up for whatever reason, as far as it can be known.
 * 4. Window. Of two services with planned grants in one window, without `both`, there is none. Only where nobody restarts or
 *    loses the store: who did has to go by other POPs' clocks.
 * 5. Soft is soft. Nobody withdraws for a soft fault, or by a plan before it was granted.
 * 6. Without the store nobody goes.
 * 7. Drained is drained. No last resort while another POP has been announcing all along and could be heard.
 */

import type { Course } from "../../../src/anycast/course/course.ts";
import type { Step } from "../../../src/anycast/course/step.ts";
import { GONE_MS } from "../../../src/anycast/fleet/view.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { EVERY, type SimPop } from "./simpop.ts";
import type { Witness, World } from "./world.ts";

/** Two times the patience, and the longest way of a report. */
const STALE = 2 * 2.5 * EVERY + 10_000;
/** Until everybody who lives and is in touch has been heard by everybody, however slow it is. */
const HEARD = 45_000;
/** What lasts no longer may be replaced in the store before anybody has read it. */
const UNSEEN = 10_000;
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
  /** Since when a POP announces a prefix, and since when it is not up for a service. */
  readonly #announcesSince = new Map<string, number>();
  readonly #lessSince = new Map<string, number>();
  #plannedGrants: { readonly pop: SimPop; readonly service: string; readonly at: number; until: number | undefined }[] =
    [];
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
    if (from === "off") this.#announcesSince.set(`${pop.name} ${prefix}`, now);
    this.#noteLess(pop, service, now);
    if (to !== "off") {
      announcers.add(pop.name);
      this.#emptySince.delete(prefix);
      return;
    }
    announcers.delete(pop.name);
    const soft = pop.alive && this.#isAble(pop, prefix);
    if (soft) this.#withdrew(pop, service, prefix);
    if (soft && announcers.size === 0) this.#lastWent(pop, prefix, now);
    if (!soft) this.#hardLeave.set(prefix, now);
    if (announcers.size === 0) this.#emptySince.set(prefix, now);
  }

  #noteLess(pop: SimPop, service: string, now: number): void {
    const key = `${pop.name} ${service}`;
    const levels = pop.world.args.services.get(service)!.map((prefix) => pop.levelOf(prefix));
    if (levels.every((level) => level === "up" || level === "reserve")) this.#lessSince.delete(key);
    else if (!this.#lessSince.has(key)) this.#lessSince.set(key, now);
  }

  #withdrew(pop: SimPop, service: string, prefix: string): void {
    this.softOffs++;
    const { held } = pop.courses.get(service)!.going;
    if (held?.planned || pop.health.get(prefix)?.verdict === "wrong") return;
    this.#broke(`${pop.name} withdrew ${prefix} for a soft fault`);
  }

  #lastWent(pop: SimPop, prefix: string, now: number): void {
    const hard = this.#hardLeave.get(prefix) ?? Number.NEGATIVE_INFINITY;
    if (now - hard > STALE) this.#broke(`${pop.name}, the last announcer of ${prefix}, went softly`);
  }

  stepped(pop: SimPop, service: string, before: Course, made: Step): void {
    this.#lookAtResorts(pop, before, made);
    const held = made.state.going.held;
    const key = `${pop.name} ${service}`;
    const mine = this.#held.get(service) ?? new Map<string, { run: number }>();
    this.#held.set(service, mine);
    if (held === undefined || held.to === "reserve") mine.delete(pop.name);
    for (const one of this.#plannedGrants) {
      if (one.pop === pop && one.service === service && held === undefined) one.until ??= this.#world().timeline.now;
    }
    const granted = held !== undefined && held !== before.going.held && before.going.asked?.ticket === held.ticket;
    if (!granted || pop.plans.get(service)?.force) return;
    this.grants++;
    this.#note(`${Math.round(this.#world().timeline.now)} ${key} granted ${held.to}`);
    const { now } = this.#world().timeline;
    if (!pop.connected && now - pop.cutSince > STALE / 2)
      this.#broke(`${pop.name} went from ${service} without the store`);
    if (held.to === "drain") this.#countGrant(pop, service, mine);
    if (held.planned && !held.both) this.#countPlanned(pop, service);
  }

  #lookAtResorts(pop: SimPop, before: Course, made: Step): void {
    const { now } = this.#world().timeline;
    for (const [prefix, { stage }] of made.state.tracks) {
      const last = before.tracks.get(prefix);
      if (stage !== "resort" || last?.stage !== "drained" || !last.sure) continue;
      const other = [...pop.world.pops.values()].find((one) => one !== pop && this.#wasThere(one, prefix, now));
      if (other) this.#broke(`${pop.name} came back for ${prefix}, which ${other.name} announced all along`);
    }
  }

  #wasThere(pop: SimPop, prefix: string, now: number): boolean {
    const since = this.#announcesSince.get(`${pop.name} ${prefix}`) ?? now;
    const announces = pop.levelOf(prefix) !== "off" && now - since > HEARD;
    return announces && pop.alive && pop.connected && now - pop.joinedAt > HEARD;
  }

  #countGrant(pop: SimPop, service: string, mine: Map<string, { run: number }>): void {
    const { args, pops, timeline } = this.#world();
    mine.set(pop.name, { run: pop.run });
    const { most } = args.limits;
    const allowed = Math.max(1, typeof most === "number" ? most : Math.floor((pops.size * most.percent) / 100));
    const less = [...pops.values()].filter(
      (one) => one !== pop && this.#canKnow(pop, one) && this.#isKnownLess(one, service),
    );
    if (less.length >= allowed)
      this.#broke(`${pop.name} went from ${service}, where ${less.length} others are less than up`);
    const gone = [...mine].filter(([name, { run }]) => {
      const other = pops.get(name)!;
      const forgotten = !other.connected && timeline.now - other.cutSince > GONE_MS - 60_000;
      return other.alive && other.run === run && !forgotten && this.#canKnow(pop, other);
    });
    if (gone.length <= allowed) return;
    this.#broke(`${gone.map(([name]) => name).join(", ")} have gone from ${service}, and ${allowed} may`);
  }

  /** Not of one that has not found a new store yet, unless it was heard before. */
  #canKnow(pop: SimPop, other: SimPop): boolean {
    return this.#world().store.has(other.name) || pop.knew.has(other.name);
  }

  /** It has been less than up for so long that everybody knows, and is not forgotten. */
  #isKnownLess(pop: SimPop, service: string): boolean {
    const { now } = this.#world().timeline;
    const since = this.#lessSince.get(`${pop.name} ${service}`) ?? now;
    const silentSince = pop.alive ? (pop.connected ? now : pop.cutSince) : since;
    return now - since > HEARD && now - silentSince < GONE_MS - 60_000 && (pop.connected || !pop.alive);
  }

  #countPlanned(pop: SimPop, service: string): void {
    const { timeline, args } = this.#world();
    const since = timeline.now - args.limits.window + 1000;
    this.#plannedGrants = this.#plannedGrants.filter(({ at }) => at > since);
    const other = this.#plannedGrants.find((one) => {
      // What was undone at once was seen by nobody.
      const lasted = one.until === undefined || one.until - one.at > UNSEEN;
      return one.service !== service && lasted;
    });
    if (this.steady && other) this.#broke(`${pop.name} went from ${service} soon after ${other.service} was changed`);
    this.#plannedGrants.push({ pop, service, at: timeline.now, until: undefined });
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
