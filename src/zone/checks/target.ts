/** Names that NS, MX and SRV point at: inside the zone they must have addresses, and be no alias. */

import { nameToText } from "../../text/name.ts";
import { skipName } from "../../wire/name.ts";
import { octetsBeforeTarget } from "../../wire/rdatanames.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { Severity } from "../problem.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

export function checkTargets(sets: RrSets, report: Report): void {
  for (let owner = 0; owner < sets.owners.count; owner++) {
    if ((sets.flags[owner] & OwnerFlag.OCCLUDED) !== 0) continue;
    for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
      if (!isChecked(sets.type[set])) continue;
      const before = octetsBeforeTarget(sets.type[set]);
      const targets = new Targets(sets, owner);
      for (let i = sets.first[set]; i < sets.first[set] + sets.count[set]; i++) {
        checkTarget(sets, report, targets, sets.order[i], before);
      }
    }
  }
}

/** The types whose targets are looked at. */
function isChecked(type: number): boolean {
  return type === RrType.NS || type === RrType.MX || type === RrType.SRV;
}

/** The targets of one RRset; what is true of all of them is found once. */
class Targets {
  readonly owner: number;
  readonly #sets: RrSets;
  #severity: Severity | undefined;

  constructor(sets: RrSets, owner: number) {
    this.#sets = sets;
    this.owner = owner;
  }

  /** How bad it is when a name server of this owner can't be found. */
  get severity(): Severity {
    this.#severity ??= this.owner === 0 || unreachable(this.#sets, this.owner) ? "error" : "warning";
    return this.#severity;
  }
}

function checkTarget(sets: RrSets, report: Report, targets: Targets, row: number, before: number): void {
  const { rdata, at, type } = sets.records;
  const from = at[row] + before;
  // "." says that there is no such service (RFC 7505 §3, RFC 2782).
  if (rdata[from] === 0) return;
  const end = skipName(rdata, from);
  if (!sets.owners.contains(rdata, from, end - from)) return;
  // Nearly every target is there: the rest of the trouble is for those that are not.
  if (sets.hasAddress(sets.owners.find(rdata, from, end - from))) return;
  const wire = rdata.slice(from, end);
  const ns = type[row] === RrType.NS;
  const place = locate(sets, wire);
  if (place.below && !(ns && place.cut === targets.owner)) {
    if (ns && place.owner < 0)
      report.row("warning", row, `${name(type[row], wire)} is below another delegation, without glue`);
    return;
  }
  const severity = ns ? targets.severity : "warning";
  if (place.owner >= 0 && sets.has(place.owner, RrType.CNAME)) {
    report.row(severity, row, `${name(type[row], wire)} is a CNAME (RFC 2181 §10.3)`);
  } else if (!sets.hasAddress(place.owner)) {
    const why = place.below ? ": the delegation needs glue (RFC 1034 §4.2.1)" : "";
    report.row(severity, row, `${name(type[row], wire)} has no A or AAAA here${why}`);
  }
}

/**
 * True when a referral to this cut leads nowhere: every server of it is below it, and there is glue for none. As long
 * as one can be found, the fault is the delegation's, and no reason to keep the zone from loading.
 */
function unreachable(sets: RrSets, cut: number): boolean {
  const { rdata, at } = sets.records;
  const set = sets.find(cut, RrType.NS);
  for (let i = sets.first[set]; i < sets.first[set] + sets.count[set]; i++) {
    const from = at[sets.order[i]];
    const wire = rdata.slice(from, skipName(rdata, from));
    if (!sets.owners.contains(wire, 0, wire.length)) return false;
    const place = locate(sets, wire);
    if (place.cut !== cut) return false;
    if (sets.hasAddress(place.owner)) return false;
  }
  return true;
}

function name(type: number, wire: Uint8Array): string {
  return `${typeToText(type)} target ${nameToText(wire)}`;
}

interface Place {
  /** The owner that answers for the name, a wildcard counts; -1 when there is none. */
  readonly owner: number;
  /** The name is at or below a zone cut, and at which. */
  readonly below: boolean;
  readonly cut: number;
}

/** Where a name of the zone leads. */
function locate(sets: RrSets, wire: Uint8Array): Place {
  const exact = sets.owners.find(wire, 0, wire.length);
  const cut = highestCut(sets, exact >= 0 ? exact : closestOwner(sets, wire));
  if (exact >= 0 || cut >= 0) return { owner: exact, below: cut >= 0, cut };
  return { owner: wildcardFor(sets, wire), below: false, cut };
}

/** The highest zone cut at or above an owner; -1 when there is none. */
function highestCut(sets: RrSets, from: number): number {
  if ((sets.flags[from] & (OwnerFlag.CUT | OwnerFlag.OCCLUDED)) === 0) return -1;
  let cut = -1;
  for (let owner = from; owner > 0; owner = sets.parent[owner]) {
    if ((sets.flags[owner] & OwnerFlag.CUT) !== 0) cut = owner;
  }
  return cut;
}

/** The closest encloser of a name that is not there (RFC 4592 §3.3.1). */
function closestOwner(sets: RrSets, wire: Uint8Array): number {
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1) {
    const owner = sets.owners.find(wire, at, wire.length - at);
    if (owner >= 0) return owner;
  }
  return 0;
}

/** The wildcard that answers for a name which is not there; -1 when there is none. */
function wildcardFor(sets: RrSets, wire: Uint8Array): number {
  return sets.owners.wildcard(closestOwner(sets, wire));
}
