/** How long a follower waits for what. */

export interface FollowOptions {
  /** A removal is confirmed after this long. Milliseconds, as everywhere here. */
  readonly confirm: number;
  /** Confirmed removals are carried out in steps, so far from each other. */
  readonly dropEvery: number;
  /** Mean time between two looks at all heads. */
  readonly reconcile: number;
  /** Mean time between two reports. */
  readonly report: number;
  /** From a new version's being served to the report that says so. */
  readonly reportSoon: number;
  /** The first delay before something is tried again, and the longest. */
  readonly again: number;
  readonly againMost: number;
  /** The store is first asked so long after the start at most, by chance: all POPs may have been started together. */
  readonly spread: number;
  /** Blobs that are fetched together for one zone. */
  readonly chunksAtOnce: number;
  /** A disk that does not work is tried again after this long. */
  readonly keepAgain: number;
  /** Octets that wait for it meanwhile. With more, the store is followed from its beginning when the disk works. */
  readonly waitMost: number;
}

export const FOLLOW_OPTIONS: FollowOptions = {
  confirm: 30_000,
  dropEvery: 5_000,
  reconcile: 600_000,
  report: 7_500,
  reportSoon: 50,
  again: 250,
  againMost: 15_000,
  spread: 1_000,
  chunksAtOnce: 8,
  keepAgain: 5_000,
  waitMost: 64 << 20,
};
