/** When the first signature of a zone expires: found by a walk over its image, in steps, as a large one takes long. */

import { readU16, readU32 } from "../wire/header.ts";
import { Word, type Zone } from "./image.ts";

/** In a record as it stands in an image: RDLENGTH, the RDATA, and in an RRSIG's the expiration (RFC 4034 §3.1). */
const RDLENGTH = 10;
const RDATA = 12;
const EXPIRATION = RDATA + 8;

export class ExpiryWalk {
  readonly #zone: Zone;
  readonly #now: number;
  #node: number;
  /** Seconds since 1970 of the first expiration so far; Infinity for none. */
  nearest: number = Number.POSITIVE_INFINITY;

  /** `now`, in seconds since 1970: times in signatures are within 68 years of it (RFC 4034 §3.1.5). */
  constructor(zone: Zone, now: number) {
    this.#zone = zone;
    this.#now = now;
    this.#node = zone.top;
  }

  /** Walks over so many more RRsets, at least; true when it has seen all. */
  step(rrsets: number): boolean {
    const zone = this.#zone;
    const end = zone.words[Word.NODES_END];
    let left = rrsets;
    while (this.#node < end && left > 0) {
      let rrset = zone.firstRrset(this.#node);
      for (let i = zone.rrsetCount(this.#node); i > 0; i--) {
        this.#signatures(rrset);
        rrset = zone.nextRrset(rrset);
        left--;
      }
      // Empty non-terminals have none, and cost something all the same.
      left--;
      this.#node = rrset;
    }
    return this.#node >= end;
  }

  #signatures(rrset: number): void {
    const { bytes } = this.#zone;
    let at = this.#zone.signatures(rrset);
    for (let i = this.#zone.signatureCount(rrset); i > 0; i--) {
      const expires = this.#now + ((readU32(bytes, at + EXPIRATION) - this.#now) | 0);
      if (expires < this.nearest) this.nearest = expires;
      at += RDATA + readU16(bytes, at + RDLENGTH);
    }
  }
}
