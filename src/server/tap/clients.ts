/** The busiest prefixes of clients, out of the samples that answering threads take. */

import type { ClientShare } from "../../sync/vitals.ts";
import { Catchment } from "../../tap/catchment.ts";
import { RingReader, type TapRecord } from "../../tap/ringreader.ts";
import { addressOctets } from "../../text/ipaddress.ts";
import type { Listen } from "../../text/listen.ts";

/**
 * Milliseconds between two looks. In that time, one in 64 of 200,000 queries a second fill a third of a thread's ring; a
 * main thread that is late loses samples, and no more.
 */
const LOOK_MS = 100;
const MOST = 2000;

export class TappedClients {
  readonly #catchment: Catchment;
  readonly #own: readonly Uint8Array[];
  readonly #readers: RingReader[] = [];
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now`: milliseconds from any start that never jumps. */
  constructor(listen: readonly Listen[], now: () => number) {
    this.#own = listen.map(({ address }) => addressOctets(address));
    this.#now = now;
    this.#catchment = new Catchment(now());
  }

  /** Reads one ring more. */
  read(ring: SharedArrayBuffer): void {
    this.#readers.push(new RingReader(ring));
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Takes the samples that have come. */
  look(): void {
    for (const reader of this.#readers) reader.drain(MOST, (record) => this.#take(record));
  }

  /** Whoever has the address that he asks is this machine: its health checks are nobody's queries. */
  #take({ address, asked }: TapRecord): void {
    const own = this.#own[asked];
    if (own === undefined || !same(own, address)) this.#catchment.add(address);
  }

  /** As of now. */
  top(most: number): ClientShare[] {
    this.look();
    this.#catchment.fade(this.#now());
    return this.#catchment.top(most);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, i) => octet === other[i]);
}
