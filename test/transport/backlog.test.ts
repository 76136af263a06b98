/** More datagrams than are answered, in virtual time: how old those are that get answers, and how many do. */

import { describe, expect, test } from "vitest";
import { Backlog } from "../../src/transport/backlog.ts";

const BATCH = 64;
/** What a small datagram takes in the kernel's queue, in octets. */
const OCTETS = 768;
const SIZE = 8 << 20;

/** A thread with a queue as the kernel's is: what finds no room is lost. Costs are in milliseconds for a datagram. */
class Thread {
  readonly answered: number[] = [];
  shed = 0;
  size = SIZE;
  resized = 0;
  now = 0;
  /** When datagrams came that wait. */
  readonly #waiting: number[] = [];
  #first = 0;
  #came = 0;
  #newest = 0;
  readonly #backlog: Backlog;
  readonly #costs: { readonly answer: number; readonly read: number };

  constructor(stale: number, answer: number) {
    // A read is a third of an answer, as measured.
    this.#costs = { answer, read: answer / 3 };
    const queue = {
      held: () => (this.#waiting.length - this.#first) * OCTETS,
      age: () => this.now - this.#newest,
      resize: (octets: number) => {
        this.size = octets;
        this.resized++;
      },
    };
    this.#backlog = new Backlog(queue, stale, SIZE);
  }

  /** So many come each millisecond, for so long, and are answered or not. */
  run(perMs: number, milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end; this.#come(perMs)) {
      const batch = this.#waiting.slice(this.#first, this.#first + BATCH);
      this.#first += batch.length;
      if (batch.length === 0) this.now += 1;
      else this.#take(batch);
    }
  }

  /** The thread does not run, and datagrams come. */
  pause(perMs: number, milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end; this.#come(perMs)) this.now++;
  }

  #take(batch: readonly number[]): void {
    this.#newest = batch[batch.length - 1] as number;
    const takes = this.#backlog.takes(batch.length === BATCH, this.now);
    this.now += batch.length * (takes ? this.#costs.answer : this.#costs.read);
    if (takes) for (const came of batch) this.answered.push(this.now - came);
    else this.shed += batch.length;
  }

  #come(perMs: number): void {
    for (const from = this.#came, span = this.now - from; span > 0 && this.#came < this.now; ) {
      this.#came = Math.min(this.now, this.#came + 1 / perMs);
      if ((this.#waiting.length - this.#first) * OCTETS < this.size) this.#waiting.push(this.#came);
    }
  }

  /** Answers from now on. */
  fresh(): readonly number[] {
    this.answered.length = 0;
    return this.answered;
  }
}

const oldest = (ages: readonly number[]) => ages.reduce((most, age) => Math.max(most, age), 0);
const share = (ages: readonly number[], most: number) => ages.filter((age) => age <= most).length / ages.length;

// Datagrams a millisecond: 25 are what was measured of one thread that has a sixth of a core.
describe.each([300, 100, 25, 5])("a thread that answers %i a millisecond", (answers) => {
  test.each([1.2, 2, 8, 30])("gets %f times as many: once settled, all it can answer are answered young", (times) => {
    const thread = new Thread(100, 1 / answers);
    thread.run(answers * times, 3000);
    const ages = thread.fresh();
    const shed = thread.shed;
    thread.run(answers * times, 2000);
    expect(oldest(ages)).toBeLessThanOrEqual(100);
    // None of its time goes into reading what it throws away.
    expect(thread.shed).toBe(shed);
    expect(ages.length / (2000 * answers)).toBeGreaterThan(0.97);
  });

  test("from the start on none is answered that is old, and by and by half of what can be is answered", () => {
    const thread = new Thread(100, 1 / answers);
    thread.run(answers * 8, 2500);
    // What is answered with the one that was looked at, and until the next look.
    expect(oldest(thread.answered)).toBeLessThanOrEqual(110 + BATCH / answers);
    expect(thread.answered.length / (2500 * answers)).toBeGreaterThan(0.5);
  });
});

test("without a bound, what waits in a large queue is old for as long as more comes than is answered", () => {
  const thread = new Thread(Number.POSITIVE_INFINITY, 1 / 25);
  thread.run(200, 2000);
  const ages = thread.fresh();
  thread.run(200, 2000);
  expect(share(ages, 100)).toBe(0);
  expect(thread.resized).toBe(0);
});

test("a full load that is answered, in bursts as well, loses nothing, and no queue changes", () => {
  const thread = new Thread(100, 1 / 100);
  for (let i = 0; i < 50; i++) {
    thread.run(400, 10);
    thread.run(10, 40);
  }
  expect([thread.shed, thread.resized]).toEqual([0, 0]);
});

test("a pause: what came at its beginning is shed, what came at its end is answered, and then the queue is large again", () => {
  const thread = new Thread(100, 1 / 300);
  thread.run(50, 500);
  const ages = thread.fresh();
  thread.pause(5, 1000);
  thread.run(50, 200);
  expect(thread.shed).toBeGreaterThan(3500);
  expect(thread.shed).toBeLessThan(5000);
  expect(oldest(ages)).toBeLessThanOrEqual(110);
  thread.run(50, 3000);
  expect(thread.size).toBe(SIZE);
});

test("when the load has gone the queue grows again, step by step", () => {
  const thread = new Thread(100, 1 / 25);
  thread.run(200, 3000);
  const small = thread.size;
  expect(small).toBeLessThan(SIZE / 2);
  thread.run(10, 1500);
  expect(thread.size).toBeGreaterThan(small);
  expect(thread.size).toBeLessThan(SIZE);
  thread.run(10, 10_000);
  expect(thread.size).toBe(SIZE);
});
