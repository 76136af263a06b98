/** The zones a thread answers for, by apex: the longest apex that a name ends with is its zone (RFC 1034 §4.3.2 step 2). */

import { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Zone } from "../zone/image.ts";
import { NO_ROW } from "./zonecounts.ts";

/** A zone we are configured to serve; without an image when its file has never loaded. */
export interface Held {
  readonly apex: Uint8Array;
  readonly hash: number;
  readonly zone: Zone | undefined;
  /** Where it is counted: see zonecounts.ts. */
  readonly row: number;
}

export class Catalogue {
  /** False until every zone of the start has been tried: until then a name without a zone may yet get one. */
  complete = false;
  #held: (Held | undefined)[] = new Array(16).fill(undefined);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** Serves a zone, or puts a new version in the place of the old one, which it returns: the next query sees it whole. */
  set(apex: Uint8Array, zone: Zone | undefined, row: number = NO_ROW): Zone | undefined {
    const name = new Name();
    name.read(apex, 0, apex.length);
    const held = { apex: name.lower.slice(0, name.length), hash: name.hash[0], zone, row };
    const slot = this.#slot(name, 0);
    const before = this.#held[slot];
    if (before === undefined) this.#count++;
    this.#held[slot] = held;
    if (this.#count * 2 > this.#held.length) this.#rebuild(this.#held.length * 2, undefined);
    return before?.zone;
  }

  /** Serves a zone no longer; returns what was served. */
  delete(apex: Uint8Array): Zone | undefined {
    const name = new Name();
    name.read(apex, 0, apex.length);
    const held = this.#held[this.#slot(name, 0)];
    if (!held) return undefined;
    this.#count--;
    this.#rebuild(this.#held.length, held);
    return held.zone;
  }

  /** The zone of the suffix of a name from a label on, or of the nearest suffix above that has one. */
  find(name: Name, label: number): Held | undefined {
    for (let i = label; i <= name.labels; i++) {
      const held = this.#held[this.#slot(name, i)];
      if (held !== undefined) return held;
    }
    return undefined;
  }

  /** The slot that holds a suffix, or the free one where it would go. */
  #slot(name: Name, label: number): number {
    const mask = this.#held.length - 1;
    const hash = name.hash[label];
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = this.#held[slot];
      if (held === undefined || (held.hash === hash && same(held.apex, name, label))) return slot;
    }
  }

  #rebuild(size: number, without: Held | undefined): void {
    const old = this.#held;
    this.#held = new Array(size).fill(undefined);
    for (const held of old) {
      if (held === undefined || held === without) continue;
      let slot = held.hash & (size - 1);
      while (this.#held[slot] !== undefined) slot = (slot + 1) & (size - 1);
      this.#held[slot] = held;
    }
  }
}

/**
 * The zone that answers for a name: the nearest one. A DS question at its apex goes to the parent's side, where we have
 * that (RFC 4035 §3.1.4.1).
 */
export function holderOf(catalogue: Catalogue, name: Name, type: number): Held | undefined {
  const held = catalogue.find(name, 0);
  if (type !== RrType.DS || held === undefined || held.apex.length !== name.length || name.labels === 0) return held;
  return catalogue.find(name, 1) ?? held;
}

function same(apex: Uint8Array, name: Name, label: number): boolean {
  const from = name.offset[label];
  if (apex.length !== name.length - from) return false;
  for (let i = 0; i < apex.length; i++) if (apex[i] !== name.lower[from + i]) return false;
  return true;
}
