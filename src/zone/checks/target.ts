/** Names that NS, MX and SRV point at: inside the zone they must have addresses, and be no alias. */

import { nameToText } from "../../text/name.ts";
import { skipName } from "../../wire/name.ts";
import { RrType } from "../../wire/rrtype.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

/** Octets in front of the target's name. */
const CHECKED: ReadonlyMap<number, number> = new Map([
  [RrType.NS, 0],
  [RrType.MX, 2],
  [RrType.SRV, 6],
]);

export function checkTargets(sets: RrSets, report: Report): void {
  for (let owner = 0; owner < sets.owners.count; owner++) {
    if ((sets.flags[owner] & OwnerFlag.OCCLUDED) !== 0) continue;
    for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
      const before = CHECKED.get(sets.type[set]);
      if (before === undefined) continue;
      for (let i = sets.first[set]; i < sets.first[set] + sets.count[set]; i++) {
        checkTarget(sets, report, owner, sets.order[i], before);
      }
    }
  }
}

function checkTarget(sets: RrSets, report: Report, owner: number, row: number, before: number): void {
  const { rdata, at, type } = sets.records;
  const from = at[row] + before;
  // "." says that there is no such service (RFC 7505 §3, RFC 2782).
  if (rdata[from] === 0) return;
  const wire = rdata.slice(from, skipName(rdata, from));
  if (!sets.owners.contains(wire, 0, wire.length)) return;
  const ns = type[row] === RrType.NS;
  const place = locate(sets, wire);
  const text = `${ns ? "NS" : type[row] === RrType.MX ? "MX" : "SRV"} target ${nameToText(wire)}`;
  if (place.below && !(ns && place.cut === owner)) {
    if (ns && place.owner < 0) report.row("warning", row, `${text} is below another delegation and has no glue here`);
    return;
  }
  const severity = ns ? "error" : "warning";
  if (place.owner < 0) report.row(severity, row, missing(text, place.below));
  else if (sets.has(place.owner, RrType.CNAME)) {
    report.row(severity, row, `${text} is a CNAME (RFC 2181 §10.3)`);
  } else if (!sets.has(place.owner, RrType.A) && !sets.has(place.owner, RrType.AAAA)) {
    report.row(severity, row, missing(text, place.below));
  }
}

function missing(text: string, below: boolean): string {
  return `${text} has no A or AAAA here${below ? ": the delegation needs glue (RFC 1034 §4.2.1)" : ""}`;
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
  const cut = cutAbove(sets, wire);
  if (exact >= 0) return { owner: exact, below: cut >= 0, cut };
  if (cut >= 0) return { owner: -1, below: true, cut };
  return { owner: wildcardFor(sets, wire), below: false, cut };
}

/** The highest zone cut at or above a name; -1 when there is none. */
function cutAbove(sets: RrSets, wire: Uint8Array): number {
  let cut = -1;
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1) {
    const owner = sets.owners.find(wire, at, wire.length - at);
    if (owner > 0 && (sets.flags[owner] & OwnerFlag.CUT) !== 0) cut = owner;
  }
  return cut;
}

/** The wildcard below the closest encloser (RFC 4592 §3.3.1); -1 when there is none. */
function wildcardFor(sets: RrSets, wire: Uint8Array): number {
  for (let at = wire[0] + 1; wire[at] !== 0 || sets.owners.apex.length === 1; at += wire[at] + 1) {
    const encloser = sets.owners.find(wire, at, wire.length - at);
    if (encloser >= 0) return sets.owners.wildcard(encloser);
    if (wire[at] === 0) break;
  }
  return -1;
}
