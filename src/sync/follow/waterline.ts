/**
 * How far the store has been dealt with, while zones are dealt with side by side and in any order: all at or before the
 * cursor is done, so whoever begins again from it misses nothing.
 */

import type { Cursor } from "../store/store.ts";

/** What one event of the store has brought. */
export interface Ticket {
  readonly cursor: Cursor;
  /** All that the store had was told when this was. */
  readonly synced: boolean;
  left: number;
}

export class Waterline {
  #open: Ticket[] = [];
  #cursor: Cursor | undefined;
  #synced = false;

  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** True when a ticket that says so, and all before it, are done. */
  get synced(): boolean {
    return this.#synced;
  }

  /** What an earlier run has reached. */
  begin(cursor: Cursor): void {
    this.#cursor = cursor;
  }

  /** Opens a ticket that is done when `done` was called so many times. */
  open(cursor: Cursor, times: number, synced = false): Ticket {
    const ticket = { cursor, synced, left: times };
    this.#open.push(ticket);
    if (times === 0) this.#sink();
    return ticket;
  }

  /** A part of a ticket is done. One from before a reset changes nothing. */
  done(ticket: Ticket): void {
    ticket.left--;
    if (ticket.left === 0) this.#sink();
  }

  /** Another store, or another copy of it, is followed from now on: from its beginning. */
  reset(): void {
    this.#open = [];
    this.#cursor = undefined;
    this.#synced = false;
  }

  #sink(): void {
    let done = 0;
    while (done < this.#open.length && this.#open[done].left <= 0) done++;
    if (done === 0) return;
    for (const { cursor, synced } of this.#open.splice(0, done)) {
      this.#cursor = cursor;
      this.#synced ||= synced;
    }
  }
}
