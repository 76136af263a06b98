/** Takes records from the rings of all threads, and gives each output what is its own. */

import type { Backlog, Sink } from "./backlog.ts";
import { RingReader, type TapRecord } from "./ringreader.ts";

/** Records in one turn, from each ring: sockets and files have their turn in between. */
const MOST = 1000;
/**
 * Milliseconds that the clock may be away from what records were timed by, which never jumps, before it is believed: it is
 * read in whole ones.
 */
const DRIFT_MS = 10;

export interface PumpOutput {
  /** The bit of records that are for it. */
  readonly output: number;
  /** The octets of a record; none when it is nothing for this output. */
  readonly make: (record: TapRecord) => readonly Uint8Array[];
  readonly backlog: Backlog;
  readonly sink: Sink;
}

export class TapPump {
  readonly #outputs: readonly PumpOutput[];
  readonly #readers: RingReader[] = [];
  readonly #drift: () => number;
  #correction = 0;
  readonly #each = (record: TapRecord) => this.#give(record);

  /** `drift`: how many milliseconds the system's clock is ahead of the one that records are timed by. */
  constructor(outputs: readonly PumpOutput[], drift: () => number) {
    this.#outputs = outputs;
    this.#drift = drift;
  }

  /** Reads one ring more. */
  read(ring: SharedArrayBuffer): void {
    this.#readers.push(new RingReader(ring));
  }

  /** Takes what is there; how many records it was, and whether a ring may have more. */
  turn(): { readonly taken: number; readonly more: boolean } {
    const drift = this.#drift();
    this.#correction = Math.abs(drift) > DRIFT_MS ? drift : 0;
    let taken = 0;
    let more = false;
    for (const reader of this.#readers) {
      const count = reader.drain(MOST, this.#each);
      taken += count;
      more ||= count === MOST;
    }
    if (taken > 0) for (const { sink } of this.#outputs) sink.wake();
    return { taken, more };
  }

  #give(record: TapRecord): void {
    const timed = this.#correction === 0 ? record : { ...record, time: record.time + this.#correction };
    for (const { output, make, backlog } of this.#outputs) {
      if ((record.outputs & output) !== 0) for (const octets of make(timed)) backlog.add(octets);
    }
  }
}
