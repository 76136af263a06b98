/** Orders to POPs in NATS: the last ones of each POP, put one after the other by compare-and-swap. */

import { randomUUID } from "node:crypto";
import { sleep } from "../sleep.ts";
import { readError } from "./natserror.ts";
import type { Link } from "./natslink.ts";
import { MESSAGE_ID, type Message, readMessage } from "./natsmessage.ts";
import { publish } from "./natspublish.ts";
import { Pull } from "./natspull.ts";
import { readAll } from "./natsreadall.ts";
import { ORDERED, orderSubject } from "./natssubjects.ts";
import { Conflict, type OrderChange, type OrderEntry, type OrderEvent } from "./store.ts";

/** Milliseconds of quiet after which a listing is over, and after which the server is asked whether more is to come. */
const QUIET = 2500;
const LOOK = 30_000;
/** Milliseconds before another try, at first, and at most; by chance up to twice that. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/** See Store.order. */
export async function putOrder(link: Link, { pop, octets, expected }: OrderChange): Promise<number> {
  const subject = orderSubject(pop);
  const id = randomUUID();
  const find = async () => {
    const last = await readMessage(link, ORDERED, { last_by_subj: subject });
    return last?.headers?.get(MESSAGE_ID) === id ? last.seq : undefined;
  };
  const seq = await publish(link, { subject, octets, id, expected, find });
  if (seq === "wrong") throw new Conflict([pop]);
  return seq;
}

/** See Store.orders. */
export async function listOrders(link: Link, pop: string): Promise<OrderEntry[]> {
  const orders: OrderEntry[] = [];
  try {
    for await (const messages of readAll(link, { stream: ORDERED, filter: orderSubject(pop), start: "all" })) {
      orders.push(...messages.map((message) => entryOf(pop, message)));
    }
  } catch (error) {
    throw readError(link.where, "orders", error);
  }
  return orders.reverse();
}

/** See Store.watchOrders. */
export async function* watchOrders(link: Link, pop: string, signal: AbortSignal): AsyncIterable<OrderEvent> {
  let lost = false;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      for await (const event of once(link, pop, signal)) {
        if (lost) yield { say: "back" };
        lost = false;
        pause = FIRST_PAUSE;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!lost) yield { say: "lost", why: readError(link.where, "orders", error).message };
      lost = true;
      await link.whenUp(signal);
      await sleep(pause * (1 + Math.random()), signal);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }
}

/**
 * From one consumer, as long as it lasts. A POP may read no message of the stream by its number, so that this is no
 * natslog.ts; as an order may come twice, each consumer begins with all that are kept.
 */
async function* once(link: Link, pop: string, signal: AbortSignal): AsyncIterable<OrderEvent> {
  const pull = await Pull.open(link, { stream: ORDERED, filter: orderSubject(pop), start: "all" });
  let left = pull.pending;
  let synced = false;
  try {
    while (!signal.aborted) {
      if (!synced && left === 0) yield { say: "synced" };
      synced ||= left === 0;
      const { messages, pending } = await pull.take(synced ? LOOK * (1 + Math.random()) : QUIET, signal);
      for (const message of messages) yield { say: "order", order: entryOf(pop, message) };
      if (messages.length > 0) left = pending;
      else if (!synced) left = 0;
      // Consumers were seen to hold their last message back after a half-open connection.
      else if (!signal.aborted && (await pull.count()) > 0) return;
    }
  } finally {
    void pull.close();
  }
}

function entryOf(pop: string, { seq, data }: Message): OrderEntry {
  return { pop, revision: seq, octets: data };
}
