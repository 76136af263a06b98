/** The operator's side: an order is numbered above all before it, signed, and put behind the one that was seen last. */

import type { Signer, Trust } from "../manifest/keys.ts";
import type { Ordered } from "../report.ts";
import type { OrderEntry, Store } from "../store/store.ts";
import type { Order } from "./order.ts";
import { OrderError, openOrder, orderMessage } from "./ordermessage.ts";

/** Ids count orders. One that is so far above the others is no count, and would leave no room for later ones. */
const FARTHEST = 1_000_000_000;

/** Who gives orders. */
export interface Giver {
  readonly store: Store;
  readonly trust: Trust;
  readonly signer: Signer;
}

/** An order in the store, as far as it is to be believed. */
export interface OrderRead {
  readonly entry: OrderEntry;
  readonly order: Order | undefined;
  /** Why it is not believed. */
  readonly why: string | undefined;
}

/** The orders to a POP, the newest first. Rejects with StoreError. */
export async function readOrders({ store, trust }: Pick<Giver, "store" | "trust">, pop: string): Promise<OrderRead[]> {
  return (await store.orders(pop)).map((entry) => {
    try {
      return { entry, order: openOrder(pop, entry.octets, trust), why: undefined };
    } catch (error) {
      if (error instanceof OrderError) return { entry, order: undefined, why: error.message };
      throw error;
    }
  });
}

/**
 * Gives an order. `before`: the orders that were read when it was decided on; `reported`: what the POP itself says of its
 * last one, as a store that was restored from an old copy knows less. Rejects with StoreError, and with Conflict when
 * somebody else has given one meanwhile.
 */
export async function giveOrder(
  { store, signer }: Giver,
  what: Omit<Order, "v" | "id">,
  before: readonly OrderRead[],
  reported: Ordered | undefined,
): Promise<Order> {
  const known = Math.max(0, ...before.flatMap(({ order }) => (order === undefined ? [] : [order.id])));
  const seen = reported === undefined || reported.id > known + FARTHEST ? 0 : reported.id;
  const order = { v: 1, id: Math.max(known, seen) + 1, ...what } as const;
  const expected = before[0]?.entry.revision ?? 0;
  await store.order({ pop: what.pop, octets: orderMessage(order, signer), expected });
  return order;
}
