/** How many of the datagrams of the last seconds were lost: samples of counts that only rise, each with its time. */

import type { KernelCounts, Tally } from "./kernel.ts";

export interface Sample {
  /** Milliseconds from any start; never jumps. */
  readonly at: number;
  /** Datagrams that threads have answered, or had no answer for. */
  readonly taken: number;
  /** Datagrams that threads have shed (transport/backlog.ts). */
  readonly shed: number;
  /** Of what the kernel dropped, what came while a gate was shut (transport/gate/). */
  readonly keptOut: number;
  readonly kernel: KernelCounts;
}

/** Milliseconds that are remembered. */
export const REMEMBERED = 10_000;

export class Window {
  #samples: readonly Sample[] = [];

  add(sample: Sample): void {
    const all = [...this.#samples, sample];
    // The newest of those that are older than what is remembered is where that begins.
    const begin = all.findLastIndex(({ at }) => sample.at - at >= REMEMBERED);
    this.#samples = all.slice(Math.max(0, begin));
  }

  /** Datagrams of the last so many milliseconds at least; undefined before they have passed, `least` of them if given. */
  datagrams(milliseconds: number, least = milliseconds): Tally | undefined {
    return this.#over(milliseconds, least, ({ taken, shed, kernel }) => {
      const lost = shed + kernel.drops;
      return { came: taken + lost, lost };
    });
  }

  /** How many datagrams threads have read in that time, were it only to shed them. */
  read(milliseconds: number, least: number): number {
    return this.#over(milliseconds, least, ({ taken, shed }) => ({ came: taken + shed, lost: 0 }))?.came ?? 0;
  }

  /** Datagrams, without what a gate kept out: what was lost of those who were to be answered. */
  letIn(milliseconds: number): Tally | undefined {
    return this.#over(milliseconds, milliseconds, ({ taken, shed, keptOut, kernel }) => {
      const lost = shed + kernel.drops - keptOut;
      return { came: taken + lost, lost };
    });
  }

  /** Of the machine's packets, and of its connections. */
  packets(milliseconds: number, least = milliseconds): Tally | undefined {
    return this.#over(milliseconds, least, ({ kernel }) => kernel.packets);
  }

  connections(milliseconds: number, least = milliseconds): Tally | undefined {
    return this.#over(milliseconds, least, ({ kernel }) => kernel.connections);
  }

  #over(milliseconds: number, least: number, tallyOf: (sample: Sample) => Tally): Tally | undefined {
    const [oldest, last] = [this.#samples[0], this.#samples.at(-1)];
    if (oldest === undefined || last === undefined || last.at - oldest.at < least) return undefined;
    const first = this.#samples.findLast(({ at }) => last.at - at >= milliseconds) ?? oldest;
    const [before, now] = [tallyOf(first), tallyOf(last)];
    return { came: now.came - before.came, lost: now.lost - before.lost };
  }
}

/** Which part was lost; of fewer than `few` nothing is said: 0. */
export function lostShare(tally: Tally | undefined, few: number): number {
  if (tally === undefined || tally.came < few) return 0;
  return Math.max(0, Math.min(1, tally.lost / tally.came));
}
