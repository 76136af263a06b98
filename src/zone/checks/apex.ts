/** What an apex must have: one SOA (RFC 1035 §5.2) and NS (RFC 1034 §4.2.1). */

import { RrType } from "../../wire/rrtype.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

export function checkApex(sets: RrSets, report: Report): void {
  const soa = sets.find(0, RrType.SOA);
  if (soa < 0) report.zone("error", `no SOA at the zone's name, ${report.owner(0)}`);
  else if (sets.count[soa] > 1) {
    report.row("error", sets.order[sets.first[soa] + 1], "a second SOA: a zone has one (RFC 1035 §5.2)");
  }
  if (!sets.has(0, RrType.NS)) report.zone("error", `no NS at the zone's name, ${report.owner(0)}`);
  for (let owner = 1; owner < sets.owners.count; owner++) {
    const stray = sets.find(owner, RrType.SOA);
    if (stray >= 0) report.set("error", stray, `a SOA away from the zone's name, ${report.owner(0)}`);
  }
}
