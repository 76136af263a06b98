/**
 * What a POP knows of the fleet: everybody's last report, in the order of the store. It takes them as they come and decides
 * nothing; budget.ts says why what is kept here is enough.
 */

import type { Moment } from "../moment.ts";
import { isPending } from "./pending.ts";
import type { Heard, Standing } from "./standing.ts";

/** So many intervals without a report are silence. */
const PATIENCE = 2.5;
/** Intervals that are believed, in seconds. */
const EVERY_LEAST = 0.01;
const EVERY_MOST = 60;
/** Who was silent for longer was taken down: nobody waits for it. */
export const GONE_MS = 15 * 60_000;
/**
 * What lay in the store when this process began, and is older by its own clock, is of a POP long gone. Clocks are wrong by
 * less, even where somebody has mistaken a time zone.
 */
const ANCIENT_MS = 24 * 3_600_000;
/** A report that was written this much before the last one, or less, was on its way for long: its POP has said more since. */
const LATE_MS = 60_000;

/** A POP of a service as it is known at a moment. */
export interface Member {
  readonly pop: string;
  readonly standing: Standing;
  /** It was heard lately, and while this POP could hear. Otherwise it is silent, and nobody knows how it is. */
  readonly live: boolean;
  /**
   * It was silent already when an own report last came back. Who is cut off from the store himself hears nobody, and for some
   * seconds does not know why.
   */
  readonly lost: boolean;
  /** Milliseconds since it was heard. */
  readonly quiet: number;
  /** Its ask has its place in the queue after this order, as far as is known; 0 when nothing is. */
  readonly askedAfter: number;
  /** When something planned last changed its routes of this service; monotonic. */
  readonly touchedAt: number;
}

/** What is known of a POP's standing with one service. */
interface Seen {
  readonly standing: Standing;
  /** The order of its last report in which the present ticket was not: tickets are not used again. */
  readonly before: number;
  readonly touchedAt: number;
}

interface Pop {
  readonly order: number;
  readonly every: number;
  readonly heardAt: number;
  /** It came while own reports came back. Anything else may have lain in the store since yesterday. */
  readonly confirmed: boolean;
  /** It, or one before it, was confirmed. */
  readonly met: boolean;
  readonly at: number | undefined;
  readonly standings: readonly Standing[];
  readonly services: ReadonlyMap<string, Seen>;
}

/** The last own report that came back. */
interface Own {
  readonly order: number;
  readonly sent: number;
  /** When it came. */
  readonly at: number;
  readonly every: number;
}

export class FleetView {
  readonly pop: string;
  readonly #pops = new Map<string, Pop>();
  /** The place of own tickets, by service. */
  readonly #places = new Map<string, { readonly ticket: string; readonly order: number }>();
  #own: Own | undefined;
  #behind = false;
  /** Since when own reports have come back without a gap; monotonic. */
  #since: number | undefined;

  constructor(pop: string) {
    this.pop = pop;
  }

  /**
   * Takes a report; false for one that was known, or is older than what is known. `sent`: for an own report of this
   * process, when it was sent (monotonic); how late it comes back says how old all is that is known.
   */
  hear(heard: Heard, now: Moment, sent?: number): boolean {
    const own = heard.pop === this.pop && sent !== undefined;
    // A later report with an earlier place: this is another store, or an older copy of it.
    if (own && this.#own && sent > this.#own.sent && heard.order < this.#own.order) this.reset();
    this.#behind = heard.behind ?? false;
    const known = this.#pops.get(heard.pop);
    if (known && heard.order <= known.order) return false;
    if (known && isLate(heard, known)) {
      // What the store has of this POP now is not how it stands: its asks are not in it.
      if (heard.pop === this.pop) this.#places.clear();
      return false;
    }
    if (own) this.#hearOwn(heard, sent, now);
    const confirmed = this.fresh(now);
    this.#pops.set(heard.pop, {
      ...{ order: heard.order, every: interval(heard), heardAt: now.monotonic, at: heard.at },
      ...{ confirmed, met: confirmed || known?.met === true },
      standings: heard.standings,
      // Most reports say what the last one said, and whoever reads them gives the same again.
      services: heard.standings === known?.standings ? known.services : servicesOf(heard, known, now),
    });
    return true;
  }

  /**
   * The store was made anew, or another one was put in its place: orders begin again. Who was there is not forgotten, as it
   * may live and not have found the new store yet: it is silent until it is heard, or gone.
   */
  reset(): void {
    for (const [name, pop] of this.#pops) {
      const services = new Map([...pop.services].map(([service, seen]) => [service, { ...seen, before: 0 }]));
      this.#pops.set(name, { ...pop, order: 0, confirmed: false, services });
    }
    this.#places.clear();
    this.#own = undefined;
    this.#behind = false;
    this.#since = undefined;
  }

  #hearOwn(heard: Heard, sent: number, now: Moment): void {
    if (!this.fresh(now)) {
      this.#since = now.monotonic;
      // Who was away for long may have been counted out by others meanwhile: its asks go to the end of the queue.
      this.#places.clear();
    }
    this.#own = { order: heard.order, sent, at: now.monotonic, every: interval(heard) };
    for (const { service, ask } of heard.standings) {
      if (ask === undefined) this.#places.delete(service);
      else if (this.#places.get(service)?.ticket !== ask.ticket) {
        this.#places.set(service, { ticket: ask.ticket, order: heard.order });
      }
    }
  }

  /** True when own reports come back: what is known is at most that old. */
  fresh(now: Moment): boolean {
    return this.#own !== undefined && now.monotonic - this.#own.sent <= PATIENCE * this.#own.every;
  }

  /**
   * True when it was fresh for so long, up to the last own report, that everybody who lives has been heard: now silence says
   * something, too.
   */
  listened(now: Moment): boolean {
    if (this.#since === undefined || this.#own === undefined || !this.fresh(now)) return false;
    return this.#own.at - this.#since > PATIENCE * this.#own.every;
  }

  /** True when all that lay in the store has been read. */
  get caughtUp(): boolean {
    return !this.#behind;
  }

  /** The place of an own ticket in the queue; undefined until it has come back from the store. */
  place(service: string, ticket: string): number | undefined {
    const known = this.#places.get(service);
    return known?.ticket === ticket ? known.order : undefined;
  }

  /** Services that any POP has told of, by name. */
  services(): readonly string[] {
    const names = new Set<string>();
    for (const { services } of this.#pops.values()) for (const name of services.keys()) names.add(name);
    return [...names].sort();
  }

  /** POPs of a service, this one too, in the order of first hearing; without those that are gone. */
  members(service: string, now: Moment): Member[] {
    const members: Member[] = [];
    for (const [name, pop] of this.#pops) {
      const seen = pop.services.get(service);
      if (seen === undefined || this.#isGone(pop, now)) continue;
      members.push(this.#member(name, pop, seen, now));
    }
    return members;
  }

  #member(name: string, pop: Pop, { standing, before, touchedAt }: Seen, now: Moment): Member {
    const quiet = now.monotonic - pop.heardAt;
    const place = name === this.pop ? this.#places.get(standing.service)?.order : standing.ask?.place;
    // A place above the report's own is of another store.
    const askedAfter = place !== undefined && place <= pop.order ? Math.max(before, place - 1) : before;
    const live = pop.confirmed && quiet <= PATIENCE * pop.every;
    const lost = !pop.confirmed || (this.#own?.at ?? 0) - pop.heardAt > PATIENCE * pop.every;
    return { pop: name, standing, live, lost, quiet, askedAfter, touchedAt };
  }

  #isGone(pop: Pop, now: Moment): boolean {
    if (now.monotonic - pop.heardAt > GONE_MS) return true;
    const ancient = pop.at !== undefined && now.date - pop.at >= ANCIENT_MS;
    return ancient && !pop.met && this.listened(now);
  }
}

function isLate({ at }: Heard, known: Pop): boolean {
  return at !== undefined && known.at !== undefined && at < known.at && known.at - at <= LATE_MS;
}

/** Milliseconds between two reports of a POP. */
function interval({ every }: Heard): number {
  const believed = Number.isFinite(every) ? every : EVERY_MOST;
  return Math.min(EVERY_MOST, Math.max(EVERY_LEAST, believed)) * 1000;
}

function servicesOf(heard: Heard, known: Pop | undefined, now: Moment): ReadonlyMap<string, Seen> {
  return new Map(heard.standings.map((one) => [one.service, seen(one, known, now)]));
}

function seen(standing: Standing, pop: Pop | undefined, now: Moment): Seen {
  const last = pop?.services.get(standing.service);
  if (last === undefined) return { standing, before: pop?.order ?? 0, touchedAt: plannedAt(standing, now) };
  const sameTicket = last.standing.ask?.ticket === standing.ask?.ticket;
  const planned = last.standing.ask?.planned || standing.ask?.planned;
  const moved = planned && levelsOf(last.standing) !== levelsOf(standing);
  // There and back between two reports that were read.
  const again = !sameTicket && standing.ask?.planned && !isPending(standing);
  return {
    standing,
    before: sameTicket ? last.before : (pop?.order ?? 0),
    touchedAt: moved || again ? now.monotonic : last.touchedAt,
  };
}

/** What was planned before this POP could see it happen: by the clock of the one who did it. */
function plannedAt({ plan }: Standing, now: Moment): number {
  return plan === undefined ? Number.NEGATIVE_INFINITY : now.monotonic - Math.max(0, now.date - plan.at);
}

function levelsOf({ prefixes }: Standing): string {
  return prefixes.map(({ prefix, level }) => `${prefix} ${level}`).join();
}
