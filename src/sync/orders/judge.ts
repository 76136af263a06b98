/**
 * Which orders a POP takes: those that a trusted key has signed, that are its own, above the last that it took, and not
 * very old. The fence lets nobody give an order again who only holds the store; the age lets nobody keep one back and
 * give it when it is long forgotten. What was ordered while a POP was away is gathered first, and of each service only
 * the newest is carried out.
 */

import type { Trust } from "../manifest/keys.ts";
import type { OrderEntry } from "../store/store.ts";
import { ALL, type Order } from "./order.ts";
import { OrderError, openOrder } from "./ordermessage.ts";

/** Milliseconds after which an order is not taken any more: 30 days. A POP may be away for a while, and clocks differ. */
const OLDEST = 30 * 86_400_000;
/** Messages that were judged and are remembered, as the store may tell of them once more. */
const JUDGED_MOST = 300;

/** What is to be done about an order. */
export type Judgement =
  | { readonly is: "taken"; readonly order: Order }
  /** `id`: of an order that a trusted key has signed, and that is given up. */
  | { readonly is: "refused"; readonly id: number | undefined; readonly why: string }
  | { readonly is: "known" };

export class OrderJudge {
  readonly #pop: string;
  readonly #trust: Trust;
  readonly #judged = new Map<string, Uint8Array>();
  #last: number;

  /** `last`: the id of the last order that was taken or refused, 0 for none. */
  constructor(pop: string, trust: Trust, last: number) {
    this.#pop = pop;
    this.#trust = trust;
    this.#last = last;
  }

  /** Judges one. `old`: it was in the store when watching began, so that it may be one that was taken long ago. */
  judge({ revision, octets }: OrderEntry, old: boolean, now: number): Judgement {
    const key = `${revision} ${octets.length}`;
    const before = this.#judged.get(key);
    if (before !== undefined && Buffer.compare(before, octets) === 0) return { is: "known" };
    this.#remember(key, octets);
    let order: Order;
    try {
      order = openOrder(this.#pop, octets, this.#trust);
    } catch (error) {
      if (error instanceof OrderError) return { is: "refused", id: undefined, why: error.message };
      throw error;
    }
    return this.#weigh(order, old, now);
  }

  #weigh(order: Order, old: boolean, now: number): Judgement {
    const { id, at, until } = order;
    const name = `order ${id} to ${this.#pop}`;
    if (id <= this.#last) {
      if (old) return { is: "known" };
      return { is: "refused", id, why: `${name} is not above order ${this.#last}, which was the last: give it again` };
    }
    this.#last = id;
    if (now - at > OLDEST) {
      const days = Math.floor((now - at) / 86_400_000);
      return { is: "refused", id, why: `${name} is ${days} days old: give it again if it is still meant` };
    }
    // One that has ended while we were away has replaced those before it all the same.
    if (!old && until !== undefined && until <= now) {
      return { is: "refused", id, why: `${name} has ended before it came: look at the clocks, and give it again` };
    }
    return { is: "taken", order };
  }

  #remember(key: string, octets: Uint8Array): void {
    this.#judged.delete(key);
    this.#judged.set(key, octets);
    const [oldest] = this.#judged.keys();
    if (oldest !== undefined && this.#judged.size > JUDGED_MOST) this.#judged.delete(oldest);
  }
}

/** Of orders that came together, in order of id, those that no later one replaces. */
export function standingOrders(orders: readonly Order[]): Order[] {
  return orders.filter(
    ({ service }, i) => !orders.slice(i + 1).some((later) => later.service === service || later.service === ALL),
  );
}
