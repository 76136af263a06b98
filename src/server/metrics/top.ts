/** The busiest of many zones, and what all others have counted. */

/** What was counted of a zone, as its row in answer/zonecounts.ts. */
export type Row = readonly [queries: number, nxdomain: number, servfail: number, refused: number];

const NONE: Row = [0, 0, 0, 0];

/** Of many, the few with the largest numbers; of equal ones the first. */
export class Largest<T> {
  readonly #most: number;
  /** The largest first. */
  readonly #kept: { readonly by: number; readonly of: T }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it would be kept: asked first, when making it costs something. */
  takes(by: number): boolean {
    return this.#kept.length < this.#most || (this.#most > 0 && by > this.#kept[this.#kept.length - 1].by);
  }

  add(by: number, of: T): void {
    if (!this.takes(by)) return;
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#kept[middle].by >= by) low = middle + 1;
      else high = middle;
    }
    this.#kept.splice(low, 0, { by, of });
    if (this.#kept.length > this.#most) this.#kept.pop();
  }

  get list(): readonly T[] {
    return this.#kept.map(({ of }) => of);
  }
}

/**
 * The counts of all zones without a series of their own. A zone that becomes one of the busiest takes its counts along:
 * a difference of sums would then fall, which a counter must not. So it is added to at each look: what came since the last
 * one, but for what came to zones that had a series then and have one now.
 */
export class Others {
  #total: Row = NONE;
  #own: ReadonlyMap<string, Row> = new Map();
  #others: number[] = [...NONE];

  /** Takes the counts of all zones together, and of those with a series of their own; the counts of the rest. */
  look(total: Row, own: ReadonlyMap<string, Row>): Row {
    const first = this.#own.size === 0 && this.#total === NONE;
    total.forEach((now, i) => {
      let came = now - this.#total[i];
      for (const [zone, row] of own) {
        const before = first ? NONE : this.#own.get(zone);
        if (before !== undefined) came -= row[i] - before[i];
      }
      // A zone that was removed has taken its counts along, too.
      this.#others[i] += Math.max(0, came);
    });
    this.#total = total;
    this.#own = own;
    const [queries, nxdomain, servfail, refused] = this.#others;
    return [queries, nxdomain, servfail, refused];
  }
}
