/** The NSEC chain: every name, in canonical order, around and back to the apex (RFC 4034 §4.1.1, RFC 4035 §2.3). */

import { LOWER, skipName } from "../../wire/name.ts";
import { RrType } from "../../wire/rrtype.ts";
import { nsecOwners } from "../nsecchain.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

export function checkNsecChain(sets: RrSets, report: Report): void {
  if (!sets.has(0, RrType.NSEC)) return;
  checkEachHasNsec(sets, report);
  const chain = nsecOwners(sets);
  chain.forEach(({ owner }, i) => {
    const set = sets.find(owner, RrType.NSEC);
    const next = chain[i + 1]?.owner ?? 0;
    if (sets.count[set] > 1) report.set("error", set, `${sets.count[set]} NSEC at ${report.owner(owner)}`);
    if (!pointsAt(sets, set, next)) {
      report.set("error", set, `the NSEC chain breaks: the next name is ${report.owner(next)} (RFC 4034 §4.1.1)`);
    }
  });
}

function checkEachHasNsec(sets: RrSets, report: Report): void {
  for (let owner = 0; owner < sets.owners.count; owner++) {
    // RFC 5155 §10.4: while a zone goes from NSEC to NSEC3 it has both, and NSEC3's owners are not in this chain.
    if ((sets.flags[owner] & (OwnerFlag.OCCLUDED | OwnerFlag.EMPTY | OwnerFlag.HASHED)) !== 0) continue;
    if (sets.has(owner, RrType.NSEC)) continue;
    report.set("error", sets.firstSet[owner], `no NSEC at ${report.owner(owner)} (RFC 4035 §2.3)`);
  }
}

function pointsAt(sets: RrSets, set: number, owner: number): boolean {
  const { rdata, at } = sets.records;
  const from = at[sets.order[sets.first[set]]];
  const end = skipName(rdata, from);
  const expected = sets.owners.wire(owner);
  if (end - from !== expected.length) return false;
  return expected.every((octet, i) => LOWER[rdata[from + i]] === octet);
}
