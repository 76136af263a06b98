/** RRSIGs: validity in time (RFC 4034 §3.1.5), and what a signed zone leaves unsigned. One line for each kind. */

import { readU32 } from "../../wire/header.ts";
import { RrType } from "../../wire/rrtype.ts";
import { compareSerial } from "../../wire/serial.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

/** An RRSIG that ends within three days is about to break the zone. */
const SOON = 3 * 86400;

/** Serial numbers this far apart have no order (RFC 1982 §3.2); beyond it, after is before. */
const HALF = 2 ** 31;

/** The seconds since 1970 in which time changes nothing of what the checks say: `from` is the first, `until` the one after the last. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** For ever: whole seconds that any number format holds, JSON's too. */
const MAX_TIME = Number.MAX_SAFE_INTEGER;

/** One kind of trouble: how often, and the row where it is first met. */
interface Kind {
  count: number;
  row: number;
}

/** Tells of RRSIGs, and how long all that it tells holds. `now`: seconds since 1970. */
export function checkSignatures(sets: RrSets, report: Report, now: number): Window {
  const times = new Times(now);
  const orphan: Kind = { count: 0, row: -1 };
  const unsigned: Kind = { count: 0, row: -1 };
  const signed = sets.has(0, RrType.DNSKEY);
  for (let owner = 0; owner < sets.owners.count; owner++) {
    for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
      const from = sets.first[set] + sets.count[set];
      for (let i = from; i < from + sets.signatures[set]; i++) times.judge(sets, sets.order[i]);
      if (sets.count[set] === 0) count(orphan, sets.order[from]);
      else if (signed && sets.signatures[set] === 0 && mustBeSigned(sets, owner, sets.type[set])) {
        count(unsigned, sets.order[sets.first[set]]);
      }
    }
  }
  tell(report, times.expired, "RRSIGs have expired: validating resolvers answer SERVFAIL");
  tell(report, times.soon, "RRSIGs expire within three days");
  tell(report, times.early, "RRSIGs are not yet valid");
  tell(report, orphan, "RRsets that RRSIGs cover are not here");
  tell(report, unsigned, "RRsets have no RRSIG in a signed zone (RFC 4035 §2.2)");
  return times.window();
}

/** RFC 4034 §3.1.5: inception and expiration, as serial numbers. */
class Times {
  readonly expired: Kind = { count: 0, row: -1 };
  readonly soon: Kind = { count: 0, row: -1 };
  readonly early: Kind = { count: 0, row: -1 };
  readonly #now: number;
  /** Seconds since the last edge, and to the next one: an edge is a second from which on a signature is judged anew. */
  #since = Number.POSITIVE_INFINITY;
  #left = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.#now = now;
  }

  judge(sets: RrSets, row: number): void {
    const { rdata, at } = sets.records;
    const expiration = readU32(rdata, at[row] + 8);
    const inception = readU32(rdata, at[row] + 12);
    if (compareSerial(expiration, this.#now) < 0) count(this.expired, row);
    else if (compareSerial(expiration, this.#now + SOON) < 0) count(this.soon, row);
    if (compareSerial(inception, this.#now) > 0) count(this.early, row);
    // A signature is good in its last second still. Half the circle on, what was before is after (RFC 1982 §3.2).
    this.#edge(expiration + 1);
    this.#edge(expiration + HALF);
    this.#edge(expiration - SOON + 1);
    this.#edge(expiration - SOON + HALF);
    this.#edge(inception);
    this.#edge(inception + HALF + 1);
  }

  /** `at`: seconds, modulo 2^32. */
  #edge(at: number): void {
    this.#since = Math.min(this.#since, (this.#now - at) >>> 0);
    this.#left = Math.min(this.#left, ((at - this.#now - 1) >>> 0) + 1);
  }

  window(): Window {
    return { from: Math.max(0, this.#now - this.#since), until: Math.min(MAX_TIME, this.#now + this.#left) };
  }
}

/** RFC 4035 §2.2: every authoritative RRset, but for the NS and glue of a delegation. */
function mustBeSigned(sets: RrSets, owner: number, type: number): boolean {
  const flags = sets.flags[owner];
  if ((flags & OwnerFlag.OCCLUDED) !== 0) return false;
  return (flags & OwnerFlag.CUT) === 0 || type === RrType.DS || type === RrType.NSEC;
}

function count(kind: Kind, row: number): void {
  if (kind.count++ === 0) kind.row = row;
}

function tell(report: Report, kind: Kind, what: string): void {
  if (kind.count > 0) report.row("warning", kind.row, `${kind.count} ${what}; the first is here`);
}
