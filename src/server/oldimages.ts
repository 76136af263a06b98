/**
 * Gives back the memory of zone images that have been replaced. An image is shared memory: V8 sees a few bytes of it,
 * thinks nothing of letting them lie, and frees the whole only once every thread has collected its own. Measured
 * without this: a zone of 45 MB loaded again 30 times took 1.5 GB.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Replaced images may take this much before it is worth a collection: some milliseconds, in a heap as small as ours. */
const MOST_WAITING = 32 << 20;
/**
 * Octets of an image that is not counted: with it goes about as much that V8 does see, and collects in its own time, piece
 * by piece. A collection that is demanded is one stretch: measured with 200,000 zones of 1.5 KB that all change, this
 * thread and those that answer stood still for 0.7 to 1.2 s each, four times.
 */
const SMALL = 8 << 10;
/** Whoever still holds the old image, for the message at hand, has let go of it by then. */
const SOON_MS = 50;

type Execution = "sync" | "async";
type Gc = (options: { readonly type: "major"; readonly execution: Execution }) => unknown;

/** Has `collect` called once nobody holds the old images any more; "async" gives a promise that resolves when it is done. */
export type Later = (collect: (execution: Execution) => unknown) => void;

/** For a thread with an event loop. */
export const byTimer: Later = (collect) => {
  setTimeout(() => collect("async"), SOON_MS).unref();
};

export class OldImages {
  readonly #later: Later;
  #waiting = 0;
  #gc: Gc | undefined;

  /** A thread without an event loop says itself when the time has come. */
  constructor(later: Later = byTimer) {
    this.#later = later;
  }

  /** Tells of an image that this thread has just let go of. */
  replaced(image: SharedArrayBuffer | undefined): void {
    if (image === undefined || image.byteLength < SMALL) return;
    this.#waiting += image.byteLength;
    if (this.#waiting < MOST_WAITING) return;
    this.#waiting = 0;
    this.#later((execution) => this.#collector()({ type: "major", execution }));
  }

  #collector(): Gc {
    if (this.#gc === undefined) {
      // The collector is only reachable in a context made after the flag is set. The flag stays: it is the process's,
      // and another thread may be about to make its own.
      setFlagsFromString("--expose-gc");
      this.#gc = runInNewContext("gc") as Gc;
    }
    return this.#gc;
  }
}
