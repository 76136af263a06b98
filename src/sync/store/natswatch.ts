/**
 * Tells of new heads, from the stream of zones: a manifest at once, those of a swap of several zones together when its
 * decision comes. An intent whose decision did not come, or was an abort, is as if it were not there.
 */

import { forEach } from "../foreach.ts";
import { sleep } from "../sleep.ts";
import type { Heads } from "./natshead.ts";
import { recordOf, sequencesOf } from "./natsintent.ts";
import type { Link } from "./natslink.ts";
import { followLog, type LogEvent } from "./natslog.ts";
import { type Message, markIn, readMessage } from "./natsmessage.ts";
import { positionBefore, positionOf, revisionOf } from "./natsrevision.ts";
import { allOf, ZONES } from "./natssubjects.ts";
import { type Cursor, type Entry, StoreError, type StoreEvent } from "./store.ts";

/** Octets of intents that are kept until the decision; of those beyond, the octets are read again. */
const HELD_MOST = 32 << 20;
/** Octets of one event: what one swap brings, beyond that, comes in several. */
const EVENT_MOST = 32 << 20;
/** Messages that are read at once. */
const AT_ONCE = 16;
const AGAIN = 1000;

interface Held {
  readonly zone: string;
  readonly txn: string;
  readonly index: number;
  readonly seq: number;
  readonly previous: { readonly seq: number; readonly revision: number };
  /** Of the listing: the head that it stands upon was not told, and is to be when this one comes to nothing. */
  listed: boolean;
  octets: Uint8Array | undefined;
}

class Watcher {
  readonly #link: Link;
  readonly #heads: Heads;
  readonly #signal: AbortSignal;
  readonly #held = new Map<number, Held>();
  #octets = 0;
  /** By zone; the newest of each. */
  #fresh = new Map<string, Entry>();
  /** A position that is good whatever is being listed: a listing that was begun behind it does not go back. */
  #floor = 0;

  constructor(link: Link, heads: Heads, signal: AbortSignal) {
    this.#link = link;
    this.#heads = heads;
    this.#signal = signal;
  }

  async *watch(cursor: Cursor | undefined): AsyncIterable<StoreEvent> {
    this.#floor = cursor?.position ?? 0;
    const log = followLog(this.#link, { stream: ZONES, filter: allOf(ZONES) }, cursor, this.#signal);
    for await (const event of log) {
      if (event.say === "messages") yield* this.#messages(event);
      else if (event.say === "synced") {
        yield* this.#endOfListing();
        yield* this.#tell(event.cursor);
        this.#floor = event.cursor.position;
        if (!this.#signal.aborted) yield event;
      } else {
        if (event.say === "reset") this.#forget();
        yield event;
      }
    }
  }

  async *#messages(event: Extract<LogEvent, { say: "messages" }>): AsyncIterable<StoreEvent> {
    for (const message of event.messages) {
      const record = recordOf(message);
      if (record?.is === "manifest") this.#add(record.zone, revisionOf(message.seq, markIn(message)), message.data);
      else if (record?.is === "intent")
        this.#hold({ ...record, seq: message.seq, listed: event.listing, octets: message.data });
      else if (record?.is === "decision") {
        if (record.commit) yield* this.#persist(() => this.#commit(record.txn, message, event.listing));
        else yield* this.#persist(() => this.#abort(record.txn));
      }
    }
    yield* this.#tell(event.cursor);
    if (!event.listing) this.#floor = event.cursor.position;
  }

  /** What was gathered, as events. Until the listing has ended, who begins again must come by the intents once more. */
  async *#tell({ epoch, position }: Cursor): AsyncIterable<StoreEvent> {
    if (this.#signal.aborted) return;
    const listed = [...this.#held.values()]
      .filter((held) => held.listed)
      .map(({ seq }) => positionOf(seq - 1, undefined));
    const good = listed.reduce((a, b) => Math.min(a, b), position);
    const entries = [...this.#fresh.values()].sort((a, b) => a.revision - b.revision);
    this.#fresh = new Map();
    for (let from = 0; from < entries.length; ) {
      let end = from;
      for (let octets = 0; end < entries.length && (octets < EVENT_MOST || end === from); end++) {
        octets += entries[end].octets.length;
      }
      // All but the last leave the cursor before what they are part of.
      const at =
        end === entries.length
          ? good
          : entries
              .slice(from)
              .map(({ revision }) => positionBefore(revision))
              .reduce((a, b) => Math.min(a, b), good);
      yield {
        say: "entries",
        entries: entries.slice(from, end),
        cursor: { epoch, position: Math.max(at, this.#floor) },
      };
      from = end;
    }
  }

  #add(zone: string, revision: number, octets: Uint8Array): void {
    this.#fresh.delete(zone);
    this.#fresh.set(zone, { zone, revision, octets });
  }

  #hold({ zone, txn, index, seq, previous, listed, octets }: Held): void {
    const kept = this.#octets + (octets?.length ?? 0) <= HELD_MOST;
    // A decision lists the sequences: outside the listing an intent that is not held is read when it is wanted.
    if (!kept && !listed) return;
    const before = this.#held.get(seq);
    if (before !== undefined) this.#drop(before);
    this.#held.set(seq, { zone, txn, index, seq, previous, listed, octets: kept ? octets : undefined });
    if (kept) this.#octets += octets?.length ?? 0;
  }

  #drop(held: Held): void {
    this.#held.delete(held.seq);
    this.#octets -= held.octets?.length ?? 0;
  }

  #forget(): void {
    this.#held.clear();
    this.#octets = 0;
    this.#fresh = new Map();
    this.#floor = 0;
  }

  /** A swap's heads. In the listing those that are not held have been replaced since. */
  async #commit(txn: string, decision: Message, listing: boolean): Promise<void> {
    const mine = [...this.#held.values()].filter((held) => held.txn === txn);
    const mark = markIn(decision);
    const wanted = listing ? mine.map(({ seq }) => seq) : sequencesOf(decision.data);
    await forEach(wanted, AT_ONCE, async (seq) => {
      const held = this.#held.get(seq);
      if (held?.octets !== undefined) {
        this.#add(held.zone, revisionOf(decision.seq, mark, held.index), held.octets);
        return;
      }
      const message = await readMessage(this.#link, ZONES, { seq });
      const record = message === undefined ? undefined : recordOf(message);
      // One that is not kept any more has been replaced since.
      if (record?.is !== "intent") return;
      this.#add(record.zone, revisionOf(decision.seq, mark, record.index), record.message.data);
    });
    for (const held of mine) this.#drop(held);
  }

  async #abort(txn: string): Promise<void> {
    const mine = [...this.#held.values()].filter((held) => held.txn === txn);
    await this.#addPrevious(mine.filter(({ listed }) => listed));
    for (const held of mine) this.#drop(held);
  }

  /** The heads that undecided intents stand upon. These stay: the decision may come yet. */
  async *#endOfListing(): AsyncIterable<StoreEvent> {
    const listed = [...this.#held.values()].filter((held) => held.listed);
    if (listed.length === 0) return;
    yield* this.#persist(() => this.#addPrevious(listed));
    for (const held of listed) held.listed = false;
  }

  async #addPrevious(held: readonly Held[]): Promise<void> {
    await forEach(held, AT_ONCE, async ({ zone, previous }) => {
      const head = await this.#heads.previous(zone, previous);
      if (head !== undefined && !this.#fresh.has(zone)) this.#add(zone, head.revision, head.octets);
    });
  }

  /** Does it until it works: what can't be read now must not be passed over. */
  async *#persist(work: () => Promise<void>): AsyncIterable<StoreEvent> {
    let told = false;
    while (!this.#signal.aborted) {
      try {
        await work();
        if (told) yield { say: "back" };
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (!told) yield { say: "lost", why: error.message };
        told = true;
        await this.#link.whenUp(this.#signal);
        await sleep(AGAIN * (1 + Math.random()), this.#signal);
      }
    }
  }
}

/** See Store.watch. */
export function watchZones(
  link: Link,
  heads: Heads,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): AsyncIterable<StoreEvent> {
  return new Watcher(link, heads, signal).watch(cursor);
}
