/** Walks over the whole stream of zones: every head without its octets, and every manifest that is kept. */

import type { Heads } from "./natshead.ts";
import { type Record, recordOf } from "./natsintent.ts";
import type { Link } from "./natslink.ts";
import { markIn } from "./natsmessage.ts";
import { readAll } from "./natsreadall.ts";
import { revisionOf } from "./natsrevision.ts";
import { allOf, ZONES } from "./natssubjects.ts";
import type { Entry } from "./store.ts";

type Bare = Omit<Entry, "octets">;

/** Intents by their swap, until its decision, which comes behind them. */
type Waiting = Map<string, { readonly zone: string; readonly index: number; readonly previous: number }[]>;

/** See Store.heads. */
export async function* listHeads(link: Link): AsyncIterable<readonly Bare[]> {
  const waiting: Waiting = new Map();
  const plan = { stream: ZONES, filter: allOf(ZONES), start: "last", headersOnly: true } as const;
  for await (const messages of readAll(link, plan)) {
    const heads = messages.map(recordOf).flatMap((record) => headsOf(record, waiting));
    if (heads.length > 0) yield heads;
  }
  const undecided = there([...waiting.values()].flat().map(({ zone, previous }) => ({ zone, revision: previous })));
  if (undecided.length > 0) yield undecided;
}

/** The heads that a record of the listing tells of. */
function headsOf(record: Record | undefined, waiting: Waiting): Bare[] {
  if (record?.is === "manifest")
    return [{ zone: record.zone, revision: revisionOf(record.message.seq, markIn(record.message)) }];
  if (record?.is === "intent") {
    const intents = waiting.get(record.txn) ?? [];
    intents.push({ zone: record.zone, index: record.index, previous: record.previous.revision });
    waiting.set(record.txn, intents);
  }
  if (record?.is !== "decision") return [];
  const intents = waiting.get(record.txn) ?? [];
  waiting.delete(record.txn);
  const { seq } = record.message;
  const mark = markIn(record.message);
  return there(
    intents.map(({ zone, index, previous }) => ({
      zone,
      revision: record.commit ? revisionOf(seq, mark, index) : previous,
    })),
  );
}

function there(heads: readonly Bare[]): Bare[] {
  return heads.filter(({ revision }) => revision > 0);
}

/** See Store.manifests. With intents that are undecided: what they lead to must not be collected under them. */
export async function* listManifests(link: Link, heads: Heads): AsyncIterable<Entry> {
  for await (const messages of readAll(link, { stream: ZONES, filter: allOf(ZONES), start: "all" })) {
    for (const message of messages) {
      const entry = await heads.entryOf(recordOf(message), true);
      if (entry !== undefined) yield entry;
    }
  }
}
