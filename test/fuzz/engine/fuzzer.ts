/** The loop: a case out of those that went new ways, its check, and what it has reached. */

import type { Coverage } from "./coverage.ts";
import { type Crashes, judgeSlow } from "./crashes.ts";
import { Mutator } from "./mutator.ts";
import type { Random } from "./random.ts";
import type { Target } from "./target.ts";
import type { Watchdog } from "./watchdog.ts";

/** Processor seconds that a case may take where its target does not say. */
const SLOW = 1;
/** One case in so many is a new valid one, where the target makes such. */
const MAKE = 6;
/** Of the others, one in so many comes from the newest cases, which have been changed least yet. */
const RECENT = 3;
const NEWEST = 32;

export interface Tools {
  readonly coverage: Coverage;
  readonly random: Random;
  readonly crashes: Crashes;
  readonly watchdog: Pick<Watchdog, "begin" | "end">;
}

export class Fuzzer {
  /** Cases that went a new way each, in the order in which they were found. */
  readonly corpus: Uint8Array[] = [];
  cases = 0;
  readonly target: Target;
  readonly #tools: Tools;
  readonly #mutator: Mutator;
  readonly #slow: number;

  constructor(target: Target, words: readonly Uint8Array[], tools: Tools) {
    this.target = target;
    this.#tools = tools;
    this.#slow = target.slow ?? SLOW;
    this.#mutator = new Mutator(tools.random, words, target.most);
  }

  /** Runs a case; true when it went a new way. */
  async run(input: Uint8Array): Promise<boolean> {
    const { coverage, crashes, watchdog } = this.#tools;
    this.cases++;
    watchdog.begin(input);
    const started = performance.now();
    try {
      const checked = this.target.check(input);
      if (checked !== undefined) await checked;
      if (performance.now() - started > this.#slow * 1000) await judgeSlow(() => this.target.check(input), this.#slow);
    } catch {
      await this.#tell(input, crashes);
    }
    watchdog.end();
    return coverage.take();
  }

  /** Runs a case that threw once more, with the places that a stack has: they cost too much to have them always. */
  async #tell(input: Uint8Array, crashes: Crashes): Promise<void> {
    const copy = input.slice();
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 12;
    try {
      const started = performance.now();
      await this.target.check(copy);
      if (performance.now() - started > this.#slow * 1000) await judgeSlow(() => this.target.check(copy), this.#slow);
      crashes.add(copy, "thrown once, and not when the same case was run again: it depends on what came before");
    } catch (error) {
      crashes.add(copy, error);
    } finally {
      Error.stackTraceLimit = limit;
    }
  }

  /** Runs cases as they are, and keeps those that went a new way. */
  async replay(inputs: Iterable<Uint8Array>): Promise<void> {
    for (const input of inputs) if (await this.run(input)) this.corpus.push(input);
  }

  /** Makes and runs so many cases, until `enough` says so: asked now and then. */
  async explore(times: number, enough: () => boolean): Promise<void> {
    for (let i = 0; i < times; i++) {
      const input = this.#next();
      if (await this.run(input)) this.corpus.push(input.slice());
      if (i % 256 === 255 && enough()) return;
    }
  }

  #next(): Uint8Array {
    const mutator = this.#mutator;
    const { random } = this.#tools;
    const { make } = this.target;
    const made = make !== undefined && (this.corpus.length === 0 || random.once(MAKE));
    mutator.load(made ? make(random) : this.#parent());
    // A made case is run as it is, every other time.
    if (!made || random.once(2)) mutator.change(this.#parent());
    return mutator.octets.subarray(0, mutator.length);
  }

  #parent(): Uint8Array {
    const { random } = this.#tools;
    const { corpus } = this;
    if (corpus.length === 0) return NOTHING;
    const newest = random.once(RECENT) ? Math.min(NEWEST, corpus.length) : corpus.length;
    return corpus[corpus.length - 1 - random.below(newest)];
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
