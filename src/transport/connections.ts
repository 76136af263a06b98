/**
 * The seats for connections: so many in all, and so many for each client's prefix, an IPv4 address or an IPv6 /56.
 *
 * Where there is none left, the one that was not used for longest gives way, and nobody is refused: whoever sits on
 * connections to keep others out keeps out those who sit. RFC 7766 §6.2.3 has clients expect the end of an idle
 * connection at any time, and a client's query comes with the last packet of its handshake, so that it is answered
 * before its turn to give way. A client that has all its seats gives way to itself: others behind its address, as behind
 * a provider's NAT, get in although one of them sits on all.
 */

import type { Acl } from "../answer/acl.ts";
import { type ConnectionCounts, Count, Counters, TCP_COUNTS } from "../answer/counters.ts";
import { addressOctets } from "../text/ipaddress.ts";

/** What counts as one client: an IPv6 site usually holds a /56 (RFC 6177 §2). Empty for text that is no address. */
export function clientPrefix(address: string): string {
  // An IPv4 address is its own prefix: taking it apart cost each connection 1 µs.
  if (!address.includes(":")) return address;
  return Buffer.from(addressOctets(address).subarray(0, 7)).toString("hex");
}

export interface Seated {
  /** The client's, as clientPrefix has it. */
  readonly prefix: string;
  /** A number that grows with time, as it was when a query was answered last. */
  readonly usedAt: number;
  /** Called when it has to give way. */
  expire(): void;
}

/**
 * Those who sit, in an order in which the first has not been used for longest, nearly: a query moves nobody, which would
 * cost it 60 ns. Who was used since it was placed is placed anew, last, when its turn comes (the second chance of page
 * replacement): one step for each that a query has paid for.
 */
class Row {
  readonly #placed = new Map<Seated, number>();

  get size(): number {
    return this.#placed.size;
  }

  add(one: Seated): void {
    this.#placed.set(one, one.usedAt);
  }

  delete(one: Seated): boolean {
    return this.#placed.delete(one);
  }

  longestIdle(): Seated | undefined {
    for (const [one, usedAt] of this.#placed) {
      if (one.usedAt === usedAt) return one;
      this.#placed.delete(one);
      this.add(one);
    }
    return undefined;
  }
}

export class Connections {
  readonly #most: number;
  readonly #mostPerClient: number;
  readonly #all = new Row();
  readonly #byClient = new Map<string, Row>();
  readonly #cells: Float64Array;
  readonly #counts: ConnectionCounts;
  readonly #acl: Acl | undefined;

  /** `acl`: whom it denies gets no connection at all. */
  constructor(
    most: number,
    mostPerClient: number,
    counters: Counters = new Counters(),
    counts: ConnectionCounts = TCP_COUNTS,
    acl?: Acl,
  ) {
    this.#most = most;
    this.#mostPerClient = mostPerClient;
    this.#acl = acl;
    this.#cells = counters.cells;
    this.#counts = counts;
    // A thread in the place of one that died has its counts, and none of its connections.
    this.#cells[this.#counts.open] = 0;
  }

  get count(): number {
    return this.#all.size;
  }

  /** Whether an address is to have no connection; counted then. */
  denies(address: string): boolean {
    if (this.#acl === undefined || !this.#acl.denies(addressOctets(address))) return false;
    this.#cells[Count.DENIED_TCP]++;
    return true;
  }

  /** Seats a new connection; another one gives way to it when there is no seat left. */
  enter(one: Seated): void {
    const own = this.#byClient.get(one.prefix);
    if (own !== undefined && own.size >= this.#mostPerClient) this.#expire(own, this.#counts.gaveWayClient);
    else if (this.#all.size >= this.#most) this.#expire(this.#all, this.#counts.gaveWay);
    this.#all.add(one);
    this.#ownRow(one.prefix).add(one);
    this.#cells[this.#counts.open] = this.#all.size;
    this.#cells[this.#counts.opened]++;
  }

  /** Frees its seat; one that gave way has none any more. */
  leave(one: Seated): void {
    if (!this.#all.delete(one)) return;
    const own = this.#ownRow(one.prefix);
    own.delete(one);
    if (own.size === 0) this.#byClient.delete(one.prefix);
    this.#cells[this.#counts.open] = this.#all.size;
  }

  #expire(row: Row, why: number): void {
    const one = row.longestIdle();
    if (one === undefined) return;
    this.#cells[why]++;
    this.leave(one);
    one.expire();
  }

  #ownRow(prefix: string): Row {
    let own = this.#byClient.get(prefix);
    if (own === undefined) {
      own = new Row();
      this.#byClient.set(prefix, own);
    }
    return own;
  }
}
