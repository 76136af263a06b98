/** CNAME and DNAME: what may stand beside and below them. */

import { RrType, typeToText } from "../../wire/rrtype.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import { covering } from "./occluded.ts";
import type { Report } from "./report.ts";

export function checkAliases(sets: RrSets, report: Report): void {
  for (let owner = 0; owner < sets.owners.count; owner++) {
    const flags = sets.flags[owner];
    if ((flags & OwnerFlag.CNAME) !== 0) checkCname(sets, report, owner);
    if ((flags & OwnerFlag.DNAME) !== 0) checkDname(sets, report, owner);
    if ((flags & OwnerFlag.OCCLUDED) !== 0) checkBelowDname(sets, report, owner);
  }
}

/** RFC 2181 §10.1: a CNAME stands alone, but for DNSSEC's own records (RFC 4035 §2.5). */
function checkCname(sets: RrSets, report: Report, owner: number): void {
  const cname = sets.find(owner, RrType.CNAME);
  if (cname < 0) return;
  if (sets.count[cname] > 1) {
    report.row("error", sets.order[sets.first[cname] + 1], `a second CNAME at ${report.owner(owner)} (RFC 2181 §10.1)`);
  }
  for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
    const type = sets.type[set];
    if (sets.count[set] === 0 || type === RrType.CNAME || type === RrType.NSEC || type === RrType.KEY) continue;
    report.set("error", set, `${typeToText(type)} beside a CNAME at ${report.owner(owner)} (RFC 2181 §10.1)`);
  }
}

/** RFC 6672 §2.4: one DNAME at a name; §2.3: and no NS with it, but at the apex. */
function checkDname(sets: RrSets, report: Report, owner: number): void {
  const dname = sets.find(owner, RrType.DNAME);
  if (dname < 0) return;
  if (sets.count[dname] > 1) {
    report.row("error", sets.order[sets.first[dname] + 1], `a second DNAME at ${report.owner(owner)} (RFC 6672 §2.4)`);
  }
  if (owner !== 0 && sets.has(owner, RrType.NS)) {
    report.set("error", dname, `DNAME beside NS at ${report.owner(owner)}, away from the apex (RFC 6672 §2.3)`);
  }
}

/** RFC 6672 §2.4: "Resource records MUST NOT exist at any subdomain of the owner of a DNAME RR." */
function checkBelowDname(sets: RrSets, report: Report, owner: number): void {
  if (sets.firstSet[owner] === sets.firstSet[owner + 1]) return;
  const above = covering(sets, owner);
  // Below a zone cut nothing is answered, a DNAME as little as the data below it.
  if ((sets.flags[above] & OwnerFlag.CUT) !== 0) return;
  const set = sets.firstSet[owner];
  report.set("error", set, `data below the DNAME at ${report.owner(above)} (RFC 6672 §2.4)`);
}
