/**
 * What a reply is counted as: of which kind, and to which name. Names that anybody can make up are counted to the one that
 * all of them are answered from, so that nobody gets more by asking for a new name each time (BIND imputes them so, too).
 */

import { Rcode } from "../../wire/header.ts";
import { joinHash, WILDCARD_LABEL_HASH } from "../../wire/name.ts";
import { type Exchange, NO_WILDCARD } from "../exchange.ts";

export const Kind = {
  /** Records of a name and type. */
  ANSWER: 0,
  /** A name without records of the type, whatever that is. */
  NODATA: 1,
  /** No such name in a zone. */
  NXDOMAIN: 2,
  /** To the servers of a zone below ours. */
  REFERRAL: 3,
  /** All other response codes, whatever was asked. */
  ERROR: 4,
  /** Every reply, of whichever kind. */
  ALL: 5,
} as const;
/** How many kinds there are. */
export const KINDS = 6;

/** The kind of the reply that stands in the exchange, its OPT aside. */
export function kindOf(x: Exchange): number {
  const { rcode, reply } = x;
  if (rcode === Rcode.NXDOMAIN) return Kind.NXDOMAIN;
  // A query for a cookie alone has no question (RFC 7873 §5.4), and no name to count it to.
  if (rcode !== Rcode.NOERROR || reply[5] === 0) return Kind.ERROR;
  if (x.zone === undefined) return Kind.ANSWER;
  if (!x.authoritative) return Kind.REFERRAL;
  return (reply[6] | reply[7]) === 0 && !x.truncated ? Kind.NODATA : Kind.ANSWER;
}

/** A hash of the name that a reply of this kind is counted to; 0 when it is to none. */
export function countedName(x: Exchange, kind: number): number {
  const { hash, labels } = x.names[0];
  switch (kind) {
    case Kind.NXDOMAIN:
      return hash[labels - (x.zone?.apexLabels ?? 0)];
    case Kind.REFERRAL:
      return hash[x.search.label];
    case Kind.ERROR:
    case Kind.ALL:
      return 0;
    default:
      if (x.redirect !== NO_WILDCARD) return hash[x.redirect];
      return x.wildcard[0] === NO_WILDCARD ? hash[0] : joinHash(hash[x.wildcard[0]], WILDCARD_LABEL_HASH);
  }
}
