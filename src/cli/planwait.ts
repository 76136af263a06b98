/** --wait: tells how a POP goes about what it was told, until it is so. */

import type { Goal, ServiceStanding } from "../sync/standing.ts";
import { formatMs } from "./duration.ts";
import { isReached, phaseText } from "./standinglines.ts";

/** What is waited for. */
export interface Awaited {
  readonly pop: string;
  readonly to: Goal;
  /** Whether a service is meant. */
  readonly meant: (service: string) => boolean;
}

/** Takes standings as they come, and tells what has changed. */
export class PlanProgress {
  readonly #awaited: Awaited;
  readonly #say: (line: string) => void;
  readonly #began: number;
  readonly #told = new Map<string, string>();
  readonly #open = new Set<string>();
  #seen = false;

  /** `began`: by the same clock as take's `now`, milliseconds. */
  constructor(awaited: Awaited, say: (line: string) => void, began: number) {
    this.#awaited = awaited;
    this.#say = say;
    this.#began = began;
  }

  /** True when all services that are meant are as they were to be. */
  take(standings: readonly ServiceStanding[], now: number): boolean {
    const { meant } = this.#awaited;
    const mine = standings.filter(({ service }) => meant(service));
    this.#seen ||= mine.length > 0;
    for (const standing of mine) this.#takeOne(standing, now);
    return this.#seen && this.#open.size === 0;
  }

  #takeOne(standing: ServiceStanding, now: number): void {
    const { pop, to } = this.#awaited;
    const { service } = standing;
    const reached = isReached(to, standing);
    if (reached) this.#open.delete(service);
    else this.#open.add(service);
    const text = phaseText(standing);
    const line = `${pop} ${service}: ${text}${reached ? ` after ${formatMs(now - this.#began)}` : ""}`;
    const key = `${text} ${reached}`;
    if (this.#told.get(service) !== key) this.#say(line);
    this.#told.set(service, key);
  }

  /** What is still to come, when time is up. */
  get late(): string {
    const { pop } = this.#awaited;
    const left = [...this.#open].map((service) => `${service} is ${this.#told.get(service)?.replace(/ false$/, "")}`);
    return left.length === 0 ? `${pop} has not told how it stands` : `${pop}: ${left.join("; ")}`;
  }
}
