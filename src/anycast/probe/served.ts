/** What a POP serves, as probes are to find it. */

/** Zones are absolute and in lower case: "company.example.". */
export interface Served {
  /** The serial that was loaded last; undefined when the zone is not served. */
  serialOf(zone: string): number | undefined;
  /** One served zone after the other; undefined when there is none. */
  next(): { readonly zone: string; readonly serial: number } | undefined;
}

/** The threads take a new version some time after it is known here that it is loaded, and not all at once. */
const TAKING_MS = 2000;
/** Zones that are remembered: those that were asked for last. */
const MOST = 1024;

interface Loaded {
  readonly serial: number | undefined;
  /** When it was first seen that there is a newer one. */
  replaced: number;
}

/** Knows which serials are right at the moment. */
export class Serials {
  readonly #served: Served;
  readonly #now: () => number;
  /** The newest last. */
  readonly #seen = new Map<string, Loaded[]>();

  /** `now` is in milliseconds, from any start, and never jumps. */
  constructor(served: Served, now: () => number) {
    this.#served = served;
    this.#now = now;
  }

  /**
   * The serials that an answer may have, the newest last; empty for a zone that is not served. To be called when a
   * question is asked, too: what is loaded then may be what it is answered from.
   */
  of(zone: string): number[] {
    const now = this.#now();
    const serial = this.#served.serialOf(zone);
    const seen = (this.#seen.get(zone) ?? []).filter(({ replaced }) => now - replaced < TAKING_MS);
    const last = seen.at(-1);
    if (last === undefined || last.serial !== serial) {
      if (last !== undefined) last.replaced = now;
      seen.push({ serial, replaced: Number.POSITIVE_INFINITY });
    }
    this.#remember(zone, seen);
    return seen.flatMap((loaded) => (loaded.serial === undefined ? [] : [loaded.serial]));
  }

  #remember(zone: string, seen: Loaded[]): void {
    this.#seen.delete(zone);
    this.#seen.set(zone, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST) this.#seen.delete(oldest);
  }
}
