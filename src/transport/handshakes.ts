/**
 * Handshakes in progress: how many there may be, in all and of one client's prefix, and for how long. One that is too many
 * displaces the oldest: an honest one is over after a round trip or two, and whoever holds places with half ones holds
 * the oldest, so that a flood of them costs the flood.
 */

import { type Counters, TlsCount } from "../answer/counters.ts";

export interface HandshakeLimits {
  /** In progress at the same time, in all and of one client's prefix. */
  readonly most: number;
  readonly perClient: number;
  /** Seconds that one may take, whatever comes meanwhile. */
  readonly seconds: number;
}

/** How one may come to its end. */
export type HandshakeEnd =
  | typeof TlsCount.FULL
  | typeof TlsCount.RESUMED
  | typeof TlsCount.FAILED
  | typeof TlsCount.LATE
  | typeof TlsCount.DISPLACED;

/** One in progress. */
export interface Handshake {
  readonly prefix: string;
  /** It is over, in this way; only the first word on it counts. */
  end(how: HandshakeEnd): void;
}

interface Held extends Handshake {
  /** Ends the connection. */
  readonly cut: () => void;
}

export class Handshakes {
  readonly #limits: HandshakeLimits;
  readonly #cells: Float64Array;
  /** The oldest first, here and of each client. */
  readonly #all = new Set<Held>();
  readonly #byClient = new Map<string, Set<Held>>();

  constructor(limits: HandshakeLimits, counters: Counters) {
    this.#limits = limits;
    this.#cells = counters.cells;
  }

  get count(): number {
    return this.#all.size;
  }

  /** One begins; `cut` ends its connection, should another need its place or its time be over. */
  begin(prefix: string, cut: () => void): Handshake {
    const { most, perClient, seconds } = this.#limits;
    const own = this.#of(prefix);
    if (own.size >= perClient) displace(own);
    else if (this.#all.size >= most) displace(this.#all);
    const late = setTimeout(() => {
      held.end(TlsCount.LATE);
      cut();
    }, seconds * 1000);
    const held: Held = {
      prefix,
      cut,
      end: (how) => {
        if (!this.#all.delete(held)) return;
        clearTimeout(late);
        this.#forget(held);
        this.#cells[how]++;
      },
    };
    this.#all.add(held);
    // Anew: what was displaced may have been the client's only one.
    this.#of(prefix).add(held);
    return held;
  }

  #of(prefix: string): Set<Held> {
    const known = this.#byClient.get(prefix);
    if (known) return known;
    const none = new Set<Held>();
    this.#byClient.set(prefix, none);
    return none;
  }

  #forget(held: Held): void {
    const own = this.#byClient.get(held.prefix);
    own?.delete(held);
    if (own?.size === 0) this.#byClient.delete(held.prefix);
  }
}

function displace(some: ReadonlySet<Held>): void {
  const [oldest] = some;
  oldest?.end(TlsCount.DISPLACED);
  oldest?.cut();
}
