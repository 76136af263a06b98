/** What a diff of two versions of a zone says: plain data, that JSON takes as it is. */

/** An RRset as it was or is: its TTL in seconds, and each record's RDATA as in a master file. */
export interface RrsetState {
  readonly ttl: number;
  readonly records: readonly string[];
}

/** One RRset that is not in both versions as it is. */
export interface RrsetChange {
  readonly owner: string;
  /** The RRset's type; of signatures, the type that they cover. */
  readonly type: string;
  /** Absent when it was added. */
  readonly before?: RrsetState;
  /** Absent when it was removed. */
  readonly after?: RrsetState;
  /** RDATA that only the earlier has, and RDATA that only the later has: both empty when just the TTL differs. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/** RRsets that differ. */
export interface Changes {
  readonly added: number;
  readonly removed: number;
  /** In both, with other records, another TTL or both. */
  readonly changed: number;
  /** In the canonical order of owners (RFC 4034 §6.1); those met first when there are more than the limit. */
  readonly list: readonly RrsetChange[];
}

export interface Totals {
  readonly names: number;
  readonly rrsets: number;
  readonly records: number;
}

export interface ZoneDiff {
  /** The zone's name, with its last dot. */
  readonly zone: string;
  /** Absent where there is no version on that side. */
  readonly serials: { readonly before?: number; readonly after?: number };
  /** All that is in the image: with RRSIGs, NSEC, NSEC3 and empty non-terminals, as the image's header counts. */
  readonly before: Totals;
  readonly after: Totals;
  /**
   * What people and programs have put there: all but NSEC, NSEC3 and signatures. The SOA is in it only when more than its
   * serial differs.
   */
  readonly rrsets: Changes;
  /** RRSIGs, by the RRset that they cover: a zone that is signed anew changes them all, and nothing else. */
  readonly signatures: Changes;
  /** NSEC and NSEC3, which follow from what else is there. */
  readonly denial: Changes;
  /** RRsets that are the same to DNS, but in another order or with names in another case. */
  readonly respelled: number;
}

/** How many RRsets differ. */
export function changeCount({ added, removed, changed }: Changes): number {
  return added + removed + changed;
}

/** True when the versions differ in nothing but the SOA's serial, order and case. */
export function isUnchanged(diff: ZoneDiff): boolean {
  return changeCount(diff.rrsets) + changeCount(diff.signatures) + changeCount(diff.denial) === 0;
}
