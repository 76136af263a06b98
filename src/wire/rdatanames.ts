/** Where names stand in RDATA: those that may be compressed, and those whose addresses are worth adding. */

import { RrType } from "./rrtype.ts";

/** The layout of RDATA without compressible names. */
export const NO_NAMES = 0;

/**
 * Where compressible names stand in RDATA: octets before them × 16 + how many names; NO_NAMES when there are none. Only
 * the types of RFC 1035 are compressed (RFC 3597 §4).
 */
export function nameLayout(type: number): number {
  switch (type) {
    case RrType.NS:
    case RrType.CNAME:
    case RrType.PTR:
    case RrType.MB:
    case RrType.MG:
    case RrType.MR:
    case RrType.MD:
    case RrType.MF:
      return 1;
    case RrType.SOA:
    case RrType.MINFO:
      return 2;
    case RrType.MX:
      return 2 * 16 + 1;
    default:
      return NO_NAMES;
  }
}

/**
 * Octets in RDATA before the name of the target, the host whose addresses go in the additional section; -1 for the
 * types that have none (RFC 1035 §3.3, RFC 2782, RFC 9460 §4.1 and others).
 */
export function octetsBeforeTarget(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0;
    case RrType.MX:
    case RrType.KX:
    case RrType.AFSDB:
    case RrType.RT:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2;
    case RrType.SRV:
      return 6;
    default:
      return -1;
  }
}
