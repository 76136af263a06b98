/** Proves one POP: asks it until it answers with what was published, at once when it has something to say, gently else. */

import { compareSerial } from "../../wire/serial.ts";
import { type Fleet, groupsOf, type Heard } from "./fleet.ts";
import type { Ask, Proof } from "./proof.ts";
import type { Slots } from "./slots.ts";
import { askedOf, hasRead, type Known, standingOf } from "./standing.ts";
import type { Due, PopStanding, Published } from "./waited.ts";

/** Milliseconds between questions to a POP that has not said anything: the first, and the most. */
const AGAIN_MS = 20;
const AGAIN_MOST_MS = 2000;

/** What a POP answers for a zone that it does not serve; the latter two when it serves one above it. */
const GONE: readonly string[] = ["REFUSED", "NXDOMAIN", "NOERROR"];

/** What all POPs that are proved have in common. */
export interface Proving {
  readonly fleet: Fleet;
  readonly ask: Ask;
  readonly slots: Slots;
  readonly signal: AbortSignal;
  monotonic(): number;
  /** The zones that a POP in these groups is to serve by now, of all that were published; and how many these are. */
  due(groups: readonly string[]): Due;
  readonly all: number;
  epoch(): string | undefined;
  /** A POP may stand otherwise. */
  changed(pop: string): void;
}

export class PopProof {
  readonly #pop: string;
  readonly #proving: Proving;
  readonly #proven = new Map<string, number>();
  /** Since when there is something to prove. */
  #began: number;
  #last: Known["last"];
  #answers = false;
  #wake: () => void = () => {};

  constructor(pop: string, proving: Proving, began: number) {
    this.#pop = pop;
    this.#proving = proving;
    this.#began = began;
    void this.#run();
  }

  /** The POP has reported, or a rollout has got to it. */
  wake(): void {
    this.#wake();
  }

  standing(): PopStanding {
    const heard = this.#heard();
    const { monotonic } = this.#proving;
    const standing = standingOf(heard, this.#known(heard), monotonic());
    const times = [...this.#proven.values()];
    const ms = standing.standing === "proven" && times.length > 0 ? Math.max(...times) : undefined;
    return { pop: this.#pop, ...standing, ms };
  }

  #heard(): Heard {
    return this.#proving.fleet.get(this.#pop) as Heard;
  }

  #known(heard: Heard): Known {
    const { due, all, epoch } = this.#proving;
    const now = due(groupsOf(heard.report));
    return {
      due: now,
      asked: askedOf(now.zones, this.#pop),
      later: now.zones.length < all,
      proven: new Set(this.#proven.keys()),
      last: this.#last,
      answers: this.#answers,
      epoch: epoch(),
    };
  }

  async #run(): Promise<void> {
    const { signal, slots, monotonic } = this.#proving;
    let again = AGAIN_MS;
    let wasDue = true;
    while (!signal.aborted) {
      const { asked } = this.#known(this.#heard());
      const left = asked.filter(({ zone }) => !this.#proven.has(zone));
      // A later wave: its time is counted from when it is reached.
      if (asked.length > 0 && !wasDue) this.#began = monotonic();
      wasDue = asked.length > 0;
      if (left.length > 0) await slots.run(() => this.#askFor(left));
      this.#proving.changed(this.#pop);
      const quiet = left.every(({ zone }) => this.#proven.has(zone));
      const woken = await this.#sleep(quiet ? undefined : again);
      again = woken ? AGAIN_MS : Math.min(2 * again, AGAIN_MOST_MS);
    }
  }

  /** Asks for one zone after the other until one is not as it should be. */
  async #askFor(zones: readonly Published[]): Promise<void> {
    const { ask, signal, monotonic } = this.#proving;
    for (const published of zones) {
      if (signal.aborted) return;
      const reported = hasRead(this.#heard(), published.revision, this.#proving.epoch());
      const proof = await ask(this.#pop, this.#heard().report.ask, published.zone);
      this.#last = { zone: published.zone, removal: published.serial === undefined, proof, reported };
      if (proof.say === "nothing" || proof.pop !== this.#pop) return;
      this.#answers = true;
      if (!this.#proves(proof, published)) return;
      this.#proven.set(published.zone, monotonic() - this.#began);
    }
  }

  #proves(proof: Exclude<Proof, { say: "nothing" }>, published: Published): boolean {
    const { serial } = published;
    if (proof.say === "rcode") return serial === undefined && GONE.includes(proof.rcode);
    if (serial === undefined) return false;
    if (proof.serial === serial) return true;
    // Somebody has published again meanwhile, and it has read that, too.
    return compareSerial(proof.serial, serial) > 0 && hasRead(this.#heard(), published.revision, this.#proving.epoch());
  }

  /** Resolves after a time, or when woken; then it is true. */
  #sleep(ms: number | undefined): Promise<boolean> {
    const { signal } = this.#proving;
    return new Promise((resolve) => {
      const done = (woken: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        this.#wake = () => {};
        resolve(woken);
      };
      const stop = () => done(false);
      const timer = ms === undefined ? undefined : setTimeout(done, ms, false);
      signal.addEventListener("abort", stop, { once: true });
      this.#wake = () => done(true);
      if (signal.aborted) done(false);
    });
  }
}
