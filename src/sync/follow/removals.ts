/**
 * Signed removals that wait to be confirmed, and how fast they are carried out: a mistake that removes many zones is
 * noticed before all are gone. Decides, and does no I/O; times are milliseconds of a clock that never jumps.
 */

/** Of the zones that are served, at most one in so many is dropped in one step. */
const SHARE = 20;

export class Removals {
  readonly #confirm: number;
  /** When each may be looked at. */
  readonly #due = new Map<string, number>();

  constructor(confirm: number) {
    this.#confirm = confirm;
  }

  get size(): number {
    return this.#due.size;
  }

  /** A signed removal was seen. */
  add(zone: string, now: number): void {
    if (!this.#due.has(zone)) this.#due.set(zone, now + this.#confirm);
  }

  /** It was looked at, and is neither confirmed nor taken back: once more, later. */
  later(zone: string, now: number): void {
    if (this.#due.has(zone)) this.#due.set(zone, now + this.#confirm);
  }

  /** It was carried out, or taken back. */
  delete(zone: string): void {
    this.#due.delete(zone);
  }

  /** Those to be looked at in this step, of a POP that serves so many zones. */
  step(now: number, served: number): string[] {
    const most = Math.max(1, Math.ceil(served / SHARE));
    const due: string[] = [];
    for (const [zone, at] of this.#due) {
      if (due.length >= most) break;
      if (at <= now) due.push(zone);
    }
    return due;
  }

  /** Milliseconds until the next step, which is `every` after the last one at least; undefined when none is needed. */
  next(now: number, every: number): number | undefined {
    if (this.#due.size === 0) return undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const at of this.#due.values()) first = Math.min(first, at);
    return Math.max(every, first - now);
  }
}
