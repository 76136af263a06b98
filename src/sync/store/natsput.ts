/** One message of a swap: a manifest, an intent or a decision, put where it belongs by compare-and-swap. */

import { randomUUID } from "node:crypto";
import type { Heads, Standing } from "./natshead.ts";
import { DECISION, intentHeaders, type Previous, sequencesText } from "./natsintent.ts";
import { type Link, pause } from "./natslink.ts";
import { MESSAGE_ID, readMessage } from "./natsmessage.ts";
import { type Publication, publish } from "./natspublish.ts";
import { readAll } from "./natsreadall.ts";
import { markOf, revisionOf } from "./natsrevision.ts";
import { SLACK, txnSubject, ZONES, zoneSubject } from "./natssubjects.ts";
import { type Change, StoreError } from "./store.ts";

/** Milliseconds that another's swap gets to come to its decision, and between two looks at it. */
const PATIENCE = 1500;
const LOOK = 50;
/** So many others may be first, at a zone whose head stays the expected one, before it is given up. */
const TRIES = 20;

/** A message in the stream; `mark`: of its id (natsrevision.ts). */
export interface Stored {
  readonly seq: number;
  readonly mark: number;
}

/** What a message of a zone is put upon. */
interface Ground {
  /** The sequence of the subject's last message. */
  readonly last: number;
  readonly head: Previous;
  readonly depth: number;
}

const NOTHING: Previous = { seq: 0, revision: 0 };

export class Puts {
  readonly #link: Link;
  readonly #heads: Heads;

  constructor(link: Link, heads: Heads) {
    this.#link = link;
    this.#heads = heads;
  }

  /** Puts a change there, or the intent of it when it is part of a swap of several. Rejects with StoreError. */
  async put(
    change: Change,
    part: { readonly txn: string; readonly index: number } | undefined,
  ): Promise<Stored | "conflict"> {
    const { zone, expected, octets } = change;
    const subject = zoneSubject(zone);
    const id = randomUUID();
    const met = expected === 0 ? NOTHING : this.#heads.met(zone, expected);
    let ground = met === undefined ? await this.#settled(change) : { last: met.seq, head: met, depth: 0 };
    for (let i = 0; i < TRIES && ground !== "conflict"; i++) {
      // Intents that came to nothing must not become so many that the head would be pushed out.
      if (part !== undefined && ground.depth >= SLACK - 1) ground = await this.#restated(subject, ground);
      const headers = part === undefined ? {} : intentHeaders(part, ground.head, ground.depth);
      const seq = await this.#publish({ subject, octets, id, expected: ground.last, headers });
      if (seq !== "wrong") return { seq, mark: markOf(id) };
      ground = await this.#settled(change);
    }
    if (ground === "conflict") return "conflict";
    throw new StoreError("lost", `the store at ${this.#link.where}: too many others change ${zone} now: try again`);
  }

  /** Decides a swap, if nobody has. Rejects with StoreError. */
  async decide(txn: string, commit: boolean, sequences: readonly number[]): Promise<Stored | "decided"> {
    const id = randomUUID();
    const octets = Buffer.from(sequencesText(sequences));
    const headers = { [DECISION]: commit ? "commit" : "abort" };
    const seq = await this.#publish({ subject: txnSubject(txn), octets, id, expected: 0, headers });
    return seq === "wrong" ? "decided" : { seq, mark: markOf(id) };
  }

  /** The ground of a zone when no intent is left undecided there, if its head is the expected one. */
  async #settled({ zone, expected }: Change): Promise<Ground | "conflict"> {
    let standing: Standing = await this.#heads.standing(zone);
    while (standing.undecided !== undefined) {
      await this.#settle(standing.undecided);
      standing = await this.#heads.standing(zone);
    }
    const { last, head = NOTHING, depth } = standing;
    return head.revision === expected ? { last, head, depth } : "conflict";
  }

  /** Gives another's swap a moment to come to its decision, then decides that it came to nothing. */
  async #settle(txn: string): Promise<void> {
    const until = performance.now() + PATIENCE;
    while ((await this.#heads.decision(txn)) === undefined) {
      if (performance.now() > until) {
        await this.decide(txn, false, []);
        return;
      }
      await pause(LOOK);
    }
  }

  /** Puts a head once more, on top of the intents that came to nothing. */
  async #restated(subject: string, ground: Ground): Promise<Ground> {
    if (ground.head.seq === 0) return ground;
    const message = await readMessage(this.#link, ZONES, { seq: ground.head.seq });
    if (message === undefined) return ground;
    const id = randomUUID();
    const seq = await this.#publish({ subject, octets: message.data, id, expected: ground.last });
    if (seq === "wrong") return ground;
    return { last: seq, head: { seq, revision: revisionOf(seq, markOf(id)) }, depth: 0 };
  }

  #publish(publication: Omit<Publication, "find">): Promise<number | "wrong"> {
    return publish(this.#link, { ...publication, find: () => this.#find(publication) });
  }

  /** Where a publication is that was stored after all, even when others have changed the zone since. */
  async #find({ subject, id }: Omit<Publication, "find">): Promise<number | undefined> {
    const last = await readMessage(this.#link, ZONES, { last_by_subj: subject }, 1000);
    if (last === undefined) return undefined;
    if (last.headers?.get(MESSAGE_ID) === id) return last.seq;
    const plan = { stream: ZONES, filter: subject, start: "all", headersOnly: true } as const;
    for await (const messages of readAll(this.#link, plan)) {
      const found = messages.find(({ headers }) => headers?.get(MESSAGE_ID) === id);
      if (found !== undefined) return found.seq;
    }
    return undefined;
  }
}
