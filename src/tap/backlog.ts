/** What waits for an output: whole records in chunks, up to a bound. What is past it is counted and forgotten. */

/** Where an output's counts stand, in memory that the main thread sees. */
export const TapCount = { WRITTEN: 0, FULL: 1, LOST: 2 } as const;
/** Octets of the counts of one output. */
export const TAP_COUNTS_BYTES = 24;

/** Octets that wait at most: some ten thousand records, enough for a reader that is started again. */
const MOST_WAITING = 4 << 20;
/** One write takes so many octets at a time. */
const CHUNK = 64 << 10;

export interface Chunk {
  readonly octets: Buffer;
  readonly records: number;
}

export class Backlog {
  /** WRITTEN: taken by the system; FULL: there was no room here; LOST: given to a reader that then went. */
  readonly counts: Float64Array;
  readonly #most: number;
  readonly #chunks: Chunk[] = [];
  #filling: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #records = 0;
  #waiting = 0;

  constructor(
    counts: SharedArrayBuffer | ArrayBuffer = new ArrayBuffer(TAP_COUNTS_BYTES),
    most: number = MOST_WAITING,
  ) {
    this.counts = new Float64Array(counts);
    this.#most = most;
  }

  /** Octets that have been added, and not said to be gone. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds a record; false, and one more that was dropped, when there is no room for it. */
  add(octets: Uint8Array): boolean {
    if (this.#waiting + octets.length > this.#most) {
      this.counts[TapCount.FULL]++;
      return false;
    }
    this.#waiting += octets.length;
    if (this.#filled + octets.length > CHUNK) this.#endChunk();
    if (octets.length > CHUNK) this.#chunks.push({ octets: Buffer.from(octets), records: 1 });
    else {
      this.#filling.set(octets, this.#filled);
      this.#filled += octets.length;
      this.#records++;
    }
    return true;
  }

  #endChunk(): void {
    if (this.#filled === 0) return;
    this.#chunks.push({ octets: this.#filling.subarray(0, this.#filled), records: this.#records });
    this.#filling = Buffer.allocUnsafeSlow(CHUNK);
    this.#filled = 0;
    this.#records = 0;
  }

  /** The next chunk, which waits until `done` or `lost` is told of it; undefined when there is none. */
  take(): Chunk | undefined {
    if (this.#chunks.length === 0) this.#endChunk();
    return this.#chunks.shift();
  }

  /** The system has taken a chunk; all but so many of its records. */
  done({ octets, records }: Chunk, lost = 0): void {
    this.#waiting -= octets.length;
    this.counts[TapCount.WRITTEN] += records - lost;
    this.counts[TapCount.LOST] += lost;
  }

  /** Nobody will ever read a chunk. */
  lost(chunk: Chunk): void {
    this.done(chunk, chunk.records);
  }
}

/** Told why an output takes nothing, once; and undefined when it does again. */
export type Trouble = (why: string | undefined) => void;

/** Tells only of changes: of the first thing that goes wrong, and of the end of that. */
export function onlyChanges(trouble: Trouble): Trouble {
  let troubled = false;
  return (why) => {
    if (troubled === (why !== undefined)) return;
    troubled = why !== undefined;
    trouble(why);
  };
}

/** What an output writes to. */
export interface Sink {
  /** There may be something to write. */
  wake(): void;
  /** Writes what waits, for so many milliseconds at most. False when the system still holds a write. */
  close(milliseconds: number): Promise<boolean>;
}
