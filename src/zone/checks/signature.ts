/** RRSIGs: validity in time (RFC 4034 §3.1.5), and what a signed zone leaves unsigned. One line for each kind. */

import { readU32 } from "../../wire/header.ts";
import { RrType } from "../../wire/rrtype.ts";
import { compareSerial } from "../../wire/serial.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

/** An RRSIG that ends within three days is about to break the zone. */
const SOON = 3 * 86400;

/** One kind of trouble: how often, and the row where it is first met. */
interface Kind {
  count: number;
  row: number;
}

export function checkSignatures(sets: RrSets, report: Report, now: number): void {
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
}

/** RFC 4034 §3.1.5: inception and expiration, as serial numbers. */
class Times {
  readonly expired: Kind = { count: 0, row: -1 };
  readonly soon: Kind = { count: 0, row: -1 };
  readonly early: Kind = { count: 0, row: -1 };
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  judge(sets: RrSets, row: number): void {
    const { rdata, at } = sets.records;
    const expiration = readU32(rdata, at[row] + 8);
    if (compareSerial(expiration, this.#now) < 0) count(this.expired, row);
    else if (compareSerial(expiration, this.#now + SOON) < 0) count(this.soon, row);
    if (compareSerial(readU32(rdata, at[row] + 12), this.#now) > 0) count(this.early, row);
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
