/** Conducts rollouts until it is stopped: those of some zones or of all. Several conductors at once do no harm. */

import type { StoreEvent } from "../store/store.ts";
import { type ConductEvent, Conductor } from "./conductor.ts";
import { Fleet } from "./fleet.ts";
import type { Limits } from "./judge.ts";
import { listenToHeads, listenToPops, readPops } from "./listen.ts";
import type { Ask } from "./proof.ts";
import type { Clock, Hand } from "./waited.ts";

export interface ConductPlan {
  readonly hand: Hand;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly ask: Ask | undefined;
  /** Lines in the ledger for rollouts that this conductor has ended. */
  readonly ledger: boolean;
  /** Only the rollouts of these versions, by zone, whose heads are at this revision or later; all without it. */
  readonly only?: { readonly versions: ReadonlyMap<string, number>; readonly revision: number };
  /** Undefined zone: of the store itself. */
  tell(event: ConductEvent | { readonly zone: undefined; readonly say: "store"; readonly text: string }): void;
  /** Called when heads were taken. */
  readonly changed?: (conductor: Conductor) => void;
}

const TICK_MS = 250;
/** Steps are taken soon after something was heard: what comes together is taken together. */
const SOON_MS = 5;
/** At most so much of the time is spent on steps: the pause is this many times as long as they took. */
const LEISURE = 10;

/** Conducts until the signal. Rejects with StoreError when the store can't be read at the beginning. */
export async function conduct(plan: ConductPlan): Promise<void> {
  const { hand, clock, signal, only } = plan;
  const fleet = new Fleet();
  const conductor = new Conductor({ ...plan, fleet, ...(only && { expected: only.versions }) });
  const pace = new Pace(conductor, clock, signal);
  const listening = { store: hand.store, fleet, clock, signal, heard: () => pace.soon() };
  await readPops(listening);
  const after = only && only.revision - 1;
  const heads = listenToHeads(hand.store, after, signal, (event) => {
    take(event, conductor, plan);
    pace.soon();
    plan.changed?.(conductor);
  });
  pace.soon();
  await Promise.all([heads, listenToPops(listening)]);
  await conductor.idle();
}

function take(event: StoreEvent, conductor: Conductor, { only, tell, hand }: ConductPlan): void {
  switch (event.say) {
    case "entries":
      conductor.epoch(event.cursor.epoch);
      for (const entry of event.entries) if (only?.versions.has(entry.zone) !== false) conductor.head(entry);
      return;
    case "synced":
      conductor.epoch(event.cursor.epoch);
      return;
    case "reset":
      conductor.epoch(event.epoch);
      tell({ zone: undefined, say: "store", text: event.why });
      return;
    case "lost":
      conductor.lost();
      tell({ zone: undefined, say: "store", text: `${hand.store.where} was lost: ${event.why}` });
      return;
    case "back":
      conductor.back();
      tell({ zone: undefined, say: "store", text: `${hand.store.where} is back` });
      return;
  }
}

/** When steps are taken: soon after something was heard, and every quarter of a second. */
class Pace {
  readonly #conductor: Conductor;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;
  #leisure = 0;

  constructor(conductor: Conductor, clock: Clock, signal: AbortSignal) {
    this.#conductor = conductor;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  soon(): void {
    this.#in(SOON_MS);
  }

  #in(ms: number): void {
    const due = Math.max(performance.now() + ms, this.#leisure);
    if (this.#signal.aborted || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#tick(), due - performance.now());
  }

  #tick(): void {
    this.#due = Number.POSITIVE_INFINITY;
    const began = this.#clock.monotonic();
    this.#conductor.tick();
    this.#leisure = performance.now() + LEISURE * (this.#clock.monotonic() - began);
    this.#in(TICK_MS);
  }
}
