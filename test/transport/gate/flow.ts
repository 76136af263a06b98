/** Floods at a gate, in virtual time: a kernel with a queue, a thread that answers so many a second, and who asks. */

import { BUCKETS, Grade, NAMED } from "../../../src/transport/gate/bucket.ts";
import { Gate, LOOK_MS, State } from "../../../src/transport/gate/gate.ts";
import { type Random, seeded } from "../../interop/random.ts";

/** Datagrams a second that the thread answers, and that fit into the queue. */
export const CAPACITY = 20_000;
const ROOM = 1000;
const OCTETS = 832;

export interface Asker {
  readonly prefixes: readonly number[];
  /** Buckets of names; random ones for every query where there are none. */
  readonly names: readonly number[];
  /** Queries a second of all of them. */
  readonly rate: number;
}

/** Prefixes at random; the same for the same seed. */
export function prefixes(count: number, seed: number): number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => random.below(BUCKETS));
}

export class Flow {
  readonly gate = new Gate([]);
  readonly #random: Random = seeded(7);
  #queue: { readonly prefix: number; readonly name: number; readonly of: Asker }[] = [];

  /** Lets them ask for some seconds; of each, the part that was answered. */
  run(askers: readonly Asker[], seconds: number): number[] {
    const asked = askers.map(() => 0);
    const answered = askers.map(() => 0);
    for (let ms = 0; ms < seconds * 1000; ) {
      const step = LOOK_MS[this.gate.state];
      ms += step;
      const arrivals = askers.flatMap((of) => Array.from({ length: Math.round((of.rate * step) / 1000) }, () => of));
      for (const of of arrivals) asked[askers.indexOf(of)]++;
      const came = this.#random.shuffled(arrivals).filter((of) => this.#enters(of, step, arrivals.length));
      const taken = this.#queue.splice(0, Math.round((CAPACITY * step) / 1000));
      for (const { prefix, name, of } of taken) {
        const at = askers.indexOf(of);
        if (at >= 0) answered[at]++;
        if (this.gate.state === State.OPEN) this.gate.credit(prefix, name);
        else {
          this.gate.count(prefix, name);
          if (of.names.length > 0) this.gate.find(name);
        }
      }
      this.gate.look({
        taken: taken.length,
        dropped: arrivals.length - came.length,
        backlog: this.#queue.length * OCTETS,
        room: ROOM * OCTETS,
        milliseconds: step,
      });
    }
    return answered.map((count, i) => count / asked[i]);
  }

  /** Whether it is let in, and finds room: the thread takes its share of the queue while the others come. */
  #enters(of: Asker, step: number, arrivals: number): boolean {
    const prefix = this.#random.pick(of.prefixes);
    const name = of.names.length > 0 ? this.#random.pick(of.names) : this.#random.below(BUCKETS);
    const { grades, names, shares } = this.gate.rules;
    const grade = grades[prefix];
    const shut = this.gate.state === State.SHUT;
    const named = (names[name] & 1) === 1 && (grade === Grade.LIGHT || grade === Grade.HEAVY);
    if (shut && !this.#random.chance(shares[named ? NAMED : grade])) return false;
    const room = ROOM + (CAPACITY * step) / 1000;
    if (this.#queue.length >= room) return false;
    // In a full queue places get free as the thread takes from it, and whoever comes next has one.
    if (!shut && arrivals > room && !this.#random.chance(room / arrivals)) return false;
    this.#queue.push({ prefix, name, of });
    return true;
  }
}
