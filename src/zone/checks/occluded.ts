/** Data at and below zone cuts that is no glue: loaded, never answered (RFC 2136 §7.18 names it so). */

import { RrType, typeToText } from "../../wire/rrtype.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

export function checkOccluded(sets: RrSets, report: Report): void {
  for (let owner = 1; owner < sets.owners.count; owner++) {
    const flags = sets.flags[owner];
    const below = (flags & OwnerFlag.OCCLUDED) !== 0;
    if (!below && (flags & OwnerFlag.CUT) === 0) continue;
    if (below && (sets.flags[covering(sets, owner)] & OwnerFlag.CUT) === 0) continue;
    for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
      const type = sets.type[set];
      if (isGlue(type) || (!below && ofParent(type))) continue;
      report.set(
        "warning",
        set,
        `${typeToText(type)} at ${report.owner(owner)} is occluded by a zone cut: never answered`,
      );
    }
  }
}

/** The highest zone cut or DNAME above an occluded owner: the one that answers for it (see find.ts). */
export function covering(sets: RrSets, owner: number): number {
  let highest = 0;
  for (let above = sets.parent[owner]; above !== 0; above = sets.parent[above]) {
    if ((sets.flags[above] & (OwnerFlag.CUT | OwnerFlag.DNAME)) !== 0) highest = above;
  }
  return (sets.flags[0] & OwnerFlag.DNAME) !== 0 ? 0 : highest;
}

function isGlue(type: number): boolean {
  return type === RrType.A || type === RrType.AAAA;
}

/** What the parent holds at a cut (RFC 4035 §2.6). */
function ofParent(type: number): boolean {
  return type === RrType.NS || type === RrType.DS || type === RrType.NSEC;
}
