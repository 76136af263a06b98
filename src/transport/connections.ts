/** How many connections there are, in all and from each client's prefix: an IPv4 address, or an IPv6 /56. */

import type { Acl } from "../answer/acl.ts";
import { Count, Counters } from "../answer/counters.ts";
import { addressOctets } from "../text/ipaddress.ts";

/** What counts as one client: an IPv6 site usually holds a /56 (RFC 6177 §2). Empty for text that is no address. */
export function clientPrefix(address: string): string {
  // An IPv4 address is its own prefix: taking it apart cost each connection 1 µs.
  if (!address.includes(":")) return address;
  return Buffer.from(addressOctets(address).subarray(0, 7)).toString("hex");
}

export class Connections {
  readonly #most: number;
  readonly #mostPerClient: number;
  readonly #byClient = new Map<string, number>();
  readonly #cells: Float64Array;
  readonly #acl: Acl | undefined;
  #count = 0;

  /** `acl`: whom it denies gets no connection at all. */
  constructor(most: number, mostPerClient: number, counters: Counters = new Counters(), acl?: Acl) {
    this.#most = most;
    this.#mostPerClient = mostPerClient;
    this.#acl = acl;
    this.#cells = counters.cells;
    // A thread in the place of one that died has its counts, and none of its connections.
    this.#cells[Count.TCP_OPEN] = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether an address is to have no connection; counted then. */
  denies(address: string): boolean {
    if (this.#acl === undefined || !this.#acl.denies(addressOctets(address))) return false;
    this.#cells[Count.DENIED_TCP]++;
    return true;
  }

  /** Counts a new connection; false, and not counted, when it is one too many. */
  enter(prefix: string): boolean {
    const now = this.#byClient.get(prefix) ?? 0;
    if (this.#count >= this.#most || now >= this.#mostPerClient) {
      this.#cells[this.#count >= this.#most ? Count.TCP_REFUSED : Count.TCP_REFUSED_CLIENT]++;
      return false;
    }
    this.#byClient.set(prefix, now + 1);
    this.#cells[Count.TCP_OPEN] = ++this.#count;
    this.#cells[Count.TCP_OPENED]++;
    return true;
  }

  leave(prefix: string): void {
    const now = this.#byClient.get(prefix) ?? 0;
    if (now <= 1) this.#byClient.delete(prefix);
    else this.#byClient.set(prefix, now - 1);
    this.#cells[Count.TCP_OPEN] = --this.#count;
  }
}
