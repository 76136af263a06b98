/** When an overload begins and when it is over, as people are told: purely. */

import type { Tally } from "./kernel.ts";
import { lostShare } from "./window.ts";

/** It begins when so many of the datagrams of the last two seconds are lost. */
export const BEGIN_MS = 2000;
const BEGIN_SHARE = 0.01;
/** Fewer datagrams than this say nothing. */
export const FEW = 100;
/** It is over when it would not have begun for so long. */
const CALM_MS = 10_000;

export interface OverloadLine {
  readonly level: "warn" | "info";
  readonly event: "overload.began" | "overload.ended";
  readonly facts: Readonly<Record<string, number>>;
  readonly text: string;
}

export class Overload {
  #beganAt: number | undefined;
  #lastAt = 0;
  #worst = 0;

  /** Since when there is one; undefined when there is none. */
  get beganAt(): number | undefined {
    return this.#beganAt;
  }

  /** Hears of the last two seconds; the line when something has begun or is over. */
  hear(tally: Tally | undefined, now: number): OverloadLine | undefined {
    const share = lostShare(tally, FEW);
    if (share >= BEGIN_SHARE) {
      this.#lastAt = now;
      this.#worst = Math.max(this.#worst, share);
      if (this.#beganAt !== undefined) return undefined;
      this.#beganAt = now;
      const percent = inPercent(share);
      const text = `more queries come than are answered: ${percent} % of the last two seconds' were dropped`;
      return { level: "warn", event: "overload.began", facts: { percent }, text };
    }
    if (this.#beganAt === undefined || now - this.#lastAt < CALM_MS) return undefined;
    const seconds = Math.round((this.#lastAt - this.#beganAt) / 1000);
    const percent = inPercent(this.#worst);
    this.#beganAt = undefined;
    this.#worst = 0;
    const text = `all queries are answered again, after ${seconds} s; at worst ${percent} % were dropped`;
    return { level: "info", event: "overload.ended", facts: { seconds, percent }, text };
  }
}

function inPercent(share: number): number {
  return Math.round(share * 1000) / 10;
}
