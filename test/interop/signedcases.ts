/** A question to a signed zone, and what a validator has to make of the answer. */
export type SignedCase = {
  kind: string;
  /** Relative to the zone; "" is the apex. */
  name: string;
  type: string;
  rcode: number;
  /**
   * In a zone with opt-out the answer cannot be called secure: its proof rests on an NSEC3 record whose span may hide
   * insecure delegations (RFC 5155 §9.2), or it is about such a delegation.
   */
  optOutInsecure: boolean;
};

function secure(kind: string, name: string, type: string, rcode = 0): SignedCase {
  return { kind, name, type, rcode, optOutInsecure: false };
}

function spanned(kind: string, name: string, type: string, rcode = 0): SignedCase {
  return { kind, name, type, rcode, optOutInsecure: true };
}

/** One case at least for every way a signed zone can answer; names are those of the shipped signed zones. */
export const signedCases: readonly SignedCase[] = [
  secure("apex SOA", "", "SOA"),
  secure("apex NS", "", "NS"),
  secure("apex DNSKEY", "", "DNSKEY"),
  secure("apex MX", "", "MX"),
  secure("apex HTTPS", "", "HTTPS"),
  secure("apex CAA", "", "CAA"),
  secure("apex NODATA", "", "SRV"),
  secure("positive", "www", "A"),
  secure("unknown type", "private", "TYPE65280"),
  secure("NODATA", "www", "MX"),
  spanned("NXDOMAIN", "nope", "A", 3),
  spanned("NXDOMAIN below a host", "deep.nope.www", "A", 3),
  spanned("wildcard answer", "x.wild", "A"),
  spanned("wildcard answer two labels deep", "x.y.wild", "TXT"),
  spanned("wildcard NODATA", "x.wild", "MX"),
  secure("the wildcard itself", "*.wild", "A"),
  secure("the wildcard itself NODATA", "*.wild", "MX"),
  spanned("NXDOMAIN beside a wildcard", "below.named.wild", "A", 3),
  secure("empty non-terminal", "ent", "A"),
  secure("empty non-terminal", "down.ent", "TXT"),
  spanned("empty non-terminal above an insecure delegation", "away", "A"),
  secure("CNAME", "alias", "A"),
  secure("CNAME chain", "chain", "AAAA"),
  secure("CNAME to NODATA", "alias", "MX"),
  spanned("CNAME to NXDOMAIN", "dangling", "A", 3),
  spanned("CNAME to a wildcard", "towild", "A"),
  secure("CNAME asked for", "alias", "CNAME"),
  spanned("wildcard CNAME", "x.walias", "A"),
  spanned("wildcard CNAME to NODATA", "x.walias", "MX"),
  secure("DNAME asked for", "tree", "DNAME"),
  secure("below a DNAME", "host.tree", "A"),
  spanned("below a DNAME into a wildcard", "x.tree", "TXT"),
  secure("NODATA beside a DNAME", "tree", "TXT"),
  secure("DS", "secure", "DS"),
  spanned("no DS", "insecure", "DS"),
  spanned("no DS two labels down", "far.away", "DS"),
];
