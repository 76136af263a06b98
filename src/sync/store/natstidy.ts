/**
 * Takes away decisions of old swaps (natsintent.ts) when none of the swap's intents is kept any more: nobody asks for them
 * then, and each swap of several zones leaves one.
 */

import { natsError } from "./natserror.ts";
import { recordOf } from "./natsintent.ts";
import type { Link } from "./natslink.ts";
import { streamState } from "./natsmessage.ts";
import { readAll } from "./natsreadall.ts";
import { allOf, txnSubject, ZONES } from "./natssubjects.ts";

/** Purges under way at once. */
const AT_ONCE = 16;

/**
 * See Store.tidy. The stream's last message stays, whatever it is: its sequence is the stream's. By purging, as single
 * messages can't be deleted in the stream of zones.
 */
export async function tidyDecisions(link: Link, before: number): Promise<number> {
  const { last } = await streamState(link, ZONES);
  const kept = new Set<string>();
  const old: string[] = [];
  const plan = { stream: ZONES, filter: allOf(ZONES), start: "all", headersOnly: true } as const;
  for await (const messages of readAll(link, plan)) {
    for (const message of messages) {
      const record = recordOf(message);
      if (record?.is === "intent") kept.add(record.txn);
      else if (record?.is === "decision" && message.at < before && message.seq < last) old.push(record.txn);
    }
  }
  const gone = old.filter((txn) => !kept.has(txn));
  for (let i = 0; i < gone.length; i += AT_ONCE) {
    const some = gone.slice(i, i + AT_ONCE);
    await Promise.all(some.map((txn) => purge(link, txnSubject(txn))));
  }
  return gone.length;
}

async function purge(link: Link, filter: string): Promise<void> {
  try {
    await link.api(`STREAM.PURGE.${ZONES}`, { filter });
  } catch (error) {
    throw natsError(link.where, error);
  }
}
