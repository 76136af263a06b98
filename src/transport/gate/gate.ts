/**
 * When the gate is shut, and for whom. Purely: what was taken and dropped goes in, grades and shares come out.
 *
 * A queue that overflows loses whatever comes, most of it from those who ask most; at ten times of what can be answered,
 * the honest get a tenth. Every remedy that reads the queue first comes too late for what is not in it any more. So while
 * datagrams are lost, it is counted who asks how much, and the kernel is told whom to let in (program.ts): as much as can
 * be answered, by shares.ts. A datagram that is kept out costs the kernel 60 ns, and this thread nothing.
 */

import { BUCKETS, NAMED } from "./bucket.ts";
import { Census } from "./census.ts";
import { Familiar } from "./familiar.ts";
import type { Rules } from "./program.ts";
import { divide, grade, ofClasses } from "./shares.ts";

/** Milliseconds between two looks, by state: a flood is to be noticed soon, and a new program costs 1 ms. */
export const LOOK_MS: readonly number[] = [25, 25, 100];
/** What was dropped, of what was taken, that is a flood; a pause of this thread drops some as well. */
const FLOOD = 0.02;
/** Octets in the queue that show that more is let in than is answered: some 150 datagrams, less than its least size. */
const BACKLOG = 128 << 10;
/** What is let in, of what was taken when it was too much; how it grows from then on. */
const LESS = 0.9;
const MORE = 1.06;
/** How it grows until it was too much for the first time: this thread may have stood still before. */
const MUCH_MORE = 1.5;
/** Any thread can answer so many a second. */
const LEAST = 1000;
/** Fewer datagrams than these say nothing; and the looks at which they are waited for. */
const FEW = 128;
const PATIENCE = 8;
/** A backlog that has shrunk to this part of what it was is on its way out. */
const SHRUNK = 0.9;
/** A datagram in the queue takes so many octets; the seconds in which a backlog is to be gone. */
const DATAGRAM = 832;
const CLEARED = 0.3;
/** A rate that is near what can be answered: only then can it be seen whether more can be. */
const NEAR = 0.8;
/** Looks in a row at which all that is asked could be answered, until the gate opens. */
const PEACE = 30;
/** Looks in peace between two fadings of what is known: ten minutes. */
const FADE: number = 600_000 / LOOK_MS[0];

/** Of all buckets, those of prefixes and of names that are known at most. */
const MOST_PREFIXES: number = BUCKETS / 16;
const MOST_NAMES: number = BUCKETS / 32;
/** A name of which more than this part of what can be answered comes is what is flooded with. */
const MOST_OF_NAME = 0.5;

export const State = {
  OPEN: 0,
  /** Datagrams were lost: it is counted whose come. */
  ALERT: 1,
  SHUT: 2,
} as const;

/** What happened since the last look. */
export interface Seen {
  readonly taken: number;
  /** By the gate, and for lack of room. */
  readonly dropped: number;
  /** Octets that stand in the queue. */
  readonly backlog: number;
  readonly milliseconds: number;
}

export class Gate {
  readonly rules: Rules & { readonly names: Uint8Array } = {
    grades: new Uint8Array(BUCKETS),
    names: new Uint8Array(BUCKETS),
    shares: ofClasses(1),
  };
  readonly #pinned = new Uint8Array(BUCKETS);
  readonly #known = new Uint8Array(BUCKETS);
  readonly #census = new Census();
  readonly #prefixes = new Familiar(MOST_PREFIXES);
  readonly #names = new Familiar(MOST_NAMES);
  #state: number = State.OPEN;
  #able = 0;
  #backlog = 0;
  #peace = 1;
  #alerts = 0;
  #growth = MUCH_MORE;

  /** `pinned`: the buckets of our own addresses, and of whoever else is always let in. */
  constructor(pinned: readonly number[]) {
    for (const bucket of pinned) this.#pinned[bucket] = 1;
  }

  get state(): number {
    return this.#state;
  }

  /** A query was let in, of a prefix and a name: to be called for each while the gate is not open. */
  count(bucket: number, name: number): void {
    this.#census.count(this.rules, bucket, name);
  }

  /** A query of a prefix, for a name, had a right answer: for some of them, while the gate is open. */
  credit(bucket: number, name: number): void {
    this.#prefixes.credit(bucket);
    if (name >= 0) this.#names.credit(name);
  }

  /** Takes a look; true when the rules or the state are others than before. */
  look(seen: Seen): boolean {
    if (this.#state === State.OPEN) return this.#watch(seen);
    // It was a pause of this thread, and is over.
    if (this.#state === State.ALERT && seen.dropped <= seen.taken * FLOOD) {
      this.#open();
      return false;
    }
    if (this.#state === State.ALERT && seen.taken < FEW && ++this.#alerts < PATIENCE) return false;
    const offered = ((seen.taken + seen.dropped) * 1000) / seen.milliseconds;
    this.#adjust(seen);
    this.#peace = offered < this.#able ? this.#peace + 1 : 0;
    if (this.#peace < PEACE) this.#shut(offered, seen);
    else this.#open();
    return true;
  }

  #watch({ taken, dropped, backlog }: Seen): boolean {
    if (dropped <= taken * FLOOD) {
      for (const one of [this.#prefixes, this.#names]) {
        one.settle();
        if (this.#peace % FADE === 0) one.fade();
      }
      this.#peace++;
      return false;
    }
    this.#state = State.ALERT;
    this.#peace = 0;
    this.#backlog = backlog;
    this.#prefixes.mark(this.#known);
    this.#names.mark(this.rules.names);
    return true;
  }

  /** How many can be answered, a second: less than were taken while they waited, and more as long as none do. */
  #adjust({ taken, milliseconds, backlog }: Seen): void {
    const rate = (taken * 1000) / milliseconds;
    if (this.#state === State.ALERT) this.#able = rate * LESS;
    else if (backlog <= BACKLOG) this.#able *= rate > this.#able * NEAR ? this.#growth : 1;
    else if (backlog > this.#backlog * SHRUNK) {
      this.#able = Math.max(this.#able, rate) * LESS;
      this.#growth = MORE;
    }
    this.#able = Math.max(LEAST, this.#able);
    this.#backlog = backlog;
  }

  #shut(offered: number, { backlog, milliseconds }: Seen): void {
    const { rules } = this;
    const census = this.#census;
    const able = this.#able;
    const first = this.#state === State.ALERT;
    census.sum(rules, offered, milliseconds / 1000, first);
    census.disown(rules.names, (able * MOST_OF_NAME * rules.shares[NAMED] * milliseconds) / 1000);
    grade({ rates: census.rates, known: this.#known, pinned: this.#pinned }, able, rules.grades);
    if (first) census.ask(rules);
    const waiting = Math.min(able / 2, backlog / DATAGRAM / CLEARED);
    divide(census.asked, able - waiting, rules.shares);
    this.#state = State.SHUT;
  }

  #open(): void {
    this.#state = State.OPEN;
    this.#peace = 1;
    this.#alerts = 0;
    this.#growth = MUCH_MORE;
    this.#census.clear();
    this.rules.grades.fill(0);
    this.rules.shares.fill(1);
  }
}
