/**
 * Changes heads by compare-and-swap: one zone with one message; several, all or none, with intents and a decision
 * (natsintent.ts). Whoever dies between two of these steps leaves intents without a decision; the next who wants to
 * change one of those zones gives the swap a moment, and then decides that it came to nothing.
 */

import { randomUUID } from "node:crypto";
import { forEach } from "../foreach.ts";
import type { Heads } from "./natshead.ts";
import type { Link } from "./natslink.ts";
import { Puts, type Stored } from "./natsput.ts";
import { revisionOf, SWAP_MOST } from "./natsrevision.ts";
import { zoneSubject } from "./natssubjects.ts";
import { type Change, Conflict, MANIFEST_MOST } from "./store.ts";

/** Publications under way at once. */
const AT_ONCE = 64;

/** Swaps a store's heads. */
export class Swaps {
  readonly #link: Link;
  readonly #heads: Heads;
  readonly #puts: Puts;

  constructor(link: Link, heads: Heads) {
    this.#link = link;
    this.#heads = heads;
    this.#puts = new Puts(link, heads);
  }

  /** The revisions that the changes got, in their order. Rejects with Conflict, StoreError or RangeError. */
  async swap(changes: readonly Change[]): Promise<readonly number[]> {
    if (changes.length === 0) return [];
    holdSizes(changes);
    if (changes.length > 1) return await this.#together(changes);
    const [change] = changes;
    const stored = await this.#puts.put(change, undefined);
    if (stored === "conflict") throw new Conflict([change.zone]);
    const revision = revisionOf(stored.seq, stored.mark);
    this.#heads.meet(change.zone, { seq: stored.seq, revision });
    return [revision];
  }

  /** All of them in one swap. */
  async #together(changes: readonly Change[]): Promise<number[]> {
    const txn = randomUUID();
    const intents = changes.map((change, index) => ({ change, index }));
    // In one order everywhere, and the first one before the others: of two swaps of the same zones the later one ends
    // before it has written anything.
    const keys = changes.map(({ zone }) => zoneSubject(zone));
    intents.sort((a, b) => (keys[a.index] < keys[b.index] ? -1 : 1));
    let decision: Stored | undefined;
    let sequences: number[] | undefined;
    try {
      sequences = await this.#intents(intents, txn);
      if (sequences !== undefined) decision = await this.#commit(txn, sequences);
    } catch (error) {
      decision = await this.#abandon(txn);
      if (decision === undefined) throw error;
    }
    if (sequences === undefined) await this.#abandon(txn);
    if (decision === undefined || sequences === undefined) throw await this.#conflict(changes);
    return this.#meetAll(changes, sequences, decision);
  }

  /** Publishes all intents; their sequences, by the index of their change. Undefined when a head is not as expected. */
  async #intents(
    intents: readonly { readonly change: Change; readonly index: number }[],
    txn: string,
  ): Promise<number[] | undefined> {
    const sequences: number[] = [];
    let next = 0;
    let conflict = false;
    let failed = false;
    const one = async () => {
      const { change, index } = intents[next++];
      const stored = await this.#puts.put(change, { txn, index });
      if (stored === "conflict") conflict = true;
      else sequences[index] = stored.seq;
    };
    const work = async () => {
      try {
        while (!conflict && !failed && next < intents.length) await one();
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    await one();
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return conflict ? undefined : sequences;
  }

  /** Undefined when somebody else has decided that it came to nothing. */
  async #commit(txn: string, sequences: readonly number[]): Promise<Stored | undefined> {
    const decision = await this.#puts.decide(txn, true, sequences);
    return decision === "decided" ? undefined : decision;
  }

  /** Decides that a swap came to nothing. The decision, when it was done after all. */
  async #abandon(txn: string): Promise<Stored | undefined> {
    // Without a decision it does not exist either.
    if (!this.#link.isUp) return undefined;
    try {
      if ((await this.#puts.decide(txn, false, [])) !== "decided") return undefined;
      const decided = await this.#heads.decision(txn);
      return decided?.commit ? decided : undefined;
    } catch {
      return undefined;
    }
  }

  #meetAll(changes: readonly Change[], sequences: readonly number[], decision: Stored): number[] {
    return changes.map(({ zone }, index) => {
      const revision = revisionOf(decision.seq, decision.mark, index);
      this.#heads.meet(zone, { seq: sequences[index], revision });
      return revision;
    });
  }

  /** The conflict that ended a swap, with the zones that others have changed. */
  async #conflict(changes: readonly Change[]): Promise<Conflict> {
    const changed = new Set<string>();
    await forEach(changes, AT_ONCE, async ({ zone, expected }) => {
      const { head } = await this.#heads.standing(zone);
      if ((head?.revision ?? 0) !== expected) changed.add(zone);
    });
    const zones = changes.map(({ zone }) => zone);
    return new Conflict(changed.size === 0 ? zones : zones.filter((zone) => changed.has(zone)));
  }
}

/** Throws RangeError for what no store takes, and Conflict for a zone that is to be changed twice at once. */
function holdSizes(changes: readonly Change[]): void {
  if (changes.length > SWAP_MOST) {
    throw new RangeError(
      `${changes.length} zones in one swap, and ${SWAP_MOST} is the most: push them in several goes`,
    );
  }
  const zones = new Set<string>();
  for (const { zone, octets } of changes) {
    if (zones.has(zone)) throw new Conflict([zone]);
    zones.add(zone);
    if (octets.length <= MANIFEST_MOST) continue;
    throw new RangeError(`the manifest of ${zone} has ${octets.length} octets, and ${MANIFEST_MOST} is the most`);
  }
}
