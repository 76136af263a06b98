/**
 * When the gate is shut, and for whom. Purely: what was taken and dropped goes in, grades and shares come out.
 *
 * A queue that overflows loses whatever comes, most of it from those who ask most; at ten times of what can be answered,
 * the honest get a tenth. Every remedy that reads the queue first comes too late for what is not in it any more. So while
 * datagrams are lost, it is counted who asks how much, and the kernel is told whom to let in (program.ts): as much as can
 * be answered, by shares.ts. A datagram that is kept out costs the kernel 150 ns more than one that finds no room, and
 * this thread nothing; one that is let in costs 13 ns for being counted.
 */

import { BUCKETS, NAMED, Name } from "./bucket.ts";
import { Census } from "./census.ts";
import { Familiar } from "./familiar.ts";
import { FEW, Pace, type Seen } from "./pace.ts";
import type { Rules } from "./program.ts";
import { divide, grade, ofClasses } from "./shares.ts";

/**
 * Milliseconds between two looks, by state: a flood is to be noticed soon, which costs 0.4 µs a look; one at a gate that
 * is shut is 0.8 ms, all told.
 */
export const LOOK_MS: readonly number[] = [25, 25, 100];
/** What was dropped, of what was taken, that is a flood; a pause of this thread drops some as well. */
const FLOOD = 0.02;
/** Looks at which a few datagrams more are waited for. */
const PATIENCE = 8;
/** Looks in a row at which all that is asked could be answered, until the gate opens. */
const PEACE = 30;
/** Looks in peace between two fadings of what is known: ten minutes. */
const FADE: number = 600_000 / LOOK_MS[0];

/** Of all buckets, those of prefixes and of names that are known at most, and of names that are found in a flood. */
const MOST_PREFIXES: number = BUCKETS / 16;
const MOST_NAMES: number = BUCKETS / 32;
const MOST_FOUND: number = BUCKETS / 64;
/** A name of which more than this part of what can be answered comes is what is flooded with. */
const MOST_OF_NAME = 0.5;

export const State = {
  OPEN: 0,
  /** Datagrams were lost: it is counted whose come. */
  ALERT: 1,
  SHUT: 2,
} as const;

export class Gate {
  readonly rules: Rules & { readonly names: Uint8Array } = {
    grades: new Uint8Array(BUCKETS),
    names: new Uint8Array(BUCKETS),
    shares: ofClasses(1),
  };
  readonly #pinned = new Uint8Array(BUCKETS);
  readonly #known = new Uint8Array(BUCKETS);
  readonly #census = new Census();
  readonly #pace = new Pace();
  readonly #prefixes = new Familiar(MOST_PREFIXES);
  readonly #names = new Familiar(MOST_NAMES);
  #state: number = State.OPEN;
  #peace = 1;
  #alerts = 0;
  #found = 0;

  /** `pinned`: the buckets of our own addresses, which are as good as known. */
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

  /** A query for a name had a right answer: to be called for each while the gate is shut. */
  find(name: number): void {
    const { names } = this.rules;
    if (this.#state !== State.SHUT || name < 0 || names[name] !== Name.NEW || this.#found === MOST_FOUND) return;
    names[name] = Name.FOUND;
    this.#found++;
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
    if (this.#state === State.ALERT) this.#pace.begin(seen);
    else this.#pace.adjust(seen);
    this.#peace = offered < this.#pace.able ? this.#peace + 1 : 0;
    if (this.#peace < PEACE) this.#shut(offered, seen);
    else this.#open();
    return true;
  }

  #watch({ taken, dropped }: Seen): boolean {
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
    this.#prefixes.mark(this.#known);
    this.#names.mark(this.rules.names);
    return true;
  }

  #shut(offered: number, { milliseconds }: Seen): void {
    const { rules } = this;
    const census = this.#census;
    const { able } = this.#pace;
    const first = this.#state === State.ALERT;
    census.sum(rules, offered, milliseconds / 1000, first);
    census.disown(rules.names, (able * MOST_OF_NAME * rules.shares[NAMED] * milliseconds) / 1000);
    grade({ rates: census.rates, known: this.#known, pinned: this.#pinned }, able, rules.grades);
    if (first) census.ask(rules);
    divide(census.asked, this.#pace.room, rules.shares);
    this.#state = State.SHUT;
  }

  #open(): void {
    this.#state = State.OPEN;
    this.#peace = 1;
    this.#alerts = 0;
    this.#found = 0;
    this.#census.clear();
    this.rules.grades.fill(0);
    this.rules.shares.fill(1);
  }
}
