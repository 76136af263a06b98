/** EDNS: the OPT record of a query (RFC 6891 §6.1) and the options an authoritative server answers to. */

import { readU16 } from "./header.ts";

export const Option = {
  NSID: 3,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  EDE: 15,
  ZONEVERSION: 19,
} as const;

/** Extended DNS errors (RFC 8914 §4). */
export const Ede = {
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
} as const;

/** OPT's fixed part: root owner, type, size, flags, RDLENGTH. */
export const OPT_FIXED = 11;

/** No UDP payload is smaller than this (RFC 6891 §6.2.3). */
export const MIN_UDP = 512;

/** What a query's OPT says; reused for each query. */
export class Edns {
  present = false;
  version = 0;
  /** The payload the client can take, never below 512. */
  udpSize: number = MIN_UDP;
  dnssecOk = false;
  nsid = false;
  keepalive = false;
  padding = false;
  zoneVersion = false;
  /** Where the cookie stands in the query, and its length; 0 without one. */
  cookie = 0;
  cookieLength = 0;

  clear(): void {
    if (!this.present) return;
    this.present = false;
    this.version = 0;
    this.udpSize = MIN_UDP;
    this.dnssecOk = false;
    this.nsid = false;
    this.keepalive = false;
    this.padding = false;
    this.zoneVersion = false;
    this.cookie = 0;
    this.cookieLength = 0;
  }

  /**
   * Reads the OPT whose type field stands at query[at], with RDATA up to query[end). False when it is malformed:
   * an option runs past the end, or a cookie has a length that RFC 7873 §5.2.2 forbids.
   */
  read(query: Uint8Array, at: number, end: number): boolean {
    this.present = true;
    this.udpSize = Math.max(MIN_UDP, readU16(query, at + 2));
    this.version = query[at + 5];
    this.dnssecOk = (query[at + 6] & 0x80) !== 0;
    // What a later version's options look like is not ours to judge.
    if (this.version !== 0) return true;
    let from = at + 10;
    while (from < end) {
      if (from + 4 > end) return false;
      const length = readU16(query, from + 2);
      if (from + 4 + length > end) return false;
      if (!this.#option(readU16(query, from), from + 4, length)) return false;
      from += 4 + length;
    }
    return true;
  }

  #option(code: number, at: number, length: number): boolean {
    switch (code) {
      case Option.NSID:
        this.nsid = true;
        return true;
      case Option.COOKIE:
        // The first one counts (RFC 7873 §5.2).
        if (this.cookieLength > 0) return true;
        if (length !== 8 && (length < 16 || length > 40)) return false;
        this.cookie = at;
        this.cookieLength = length;
        return true;
      case Option.KEEPALIVE:
        this.keepalive = true;
        return true;
      case Option.PADDING:
        this.padding = true;
        return true;
      case Option.ZONEVERSION:
        // RFC 9660 §3.1: a query carries it empty.
        this.zoneVersion = length === 0;
        return true;
      default:
        return true;
    }
  }
}
