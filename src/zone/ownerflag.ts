/** What an owner is in the zone's tree; kept in its node. */

export const OwnerFlag = {
  /** Has NS and is not the apex: a delegation. */
  CUT: 1,
  /** Has DNAME: names below are redirected. */
  DNAME: 2,
  /** Is below a cut or a DNAME: never answered from. */
  OCCLUDED: 4,
  /** Has a child "*". */
  WILDCARD_BELOW: 8,
  /** Has CNAME. */
  CNAME: 16,
  /** Holds only NSEC3 and its signatures: no name of the zone's tree (RFC 5155 §7.2.8). */
  HASHED: 32,
  /** Has no records itself: an empty non-terminal (RFC 4592 §2.2.2). */
  EMPTY: 64,
} as const;
