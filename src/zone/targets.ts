/** The targets of an RRset: owners in the zone whose addresses go in the additional section, found when it is compiled. */

import { skipName } from "../wire/name.ts";
import { octetsBeforeTarget } from "../wire/rdatanames.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { RrSets } from "./rrsets.ts";

/** A target that has addresses in the zone. */
export interface Target {
  /** Where its name begins in the RRset's records. */
  readonly at: number;
  readonly owner: number;
  /** It is glue: data at or below a cut, good for a referral and for nothing else (RFC 2181 §5.4.1). */
  readonly glue: boolean;
  /** It is glue below the very cut: a referral can't do without it (RFC 9471 §3.1). */
  readonly required: boolean;
}

/** The targets of an RRset that have addresses, each owner once: those that are required, then the others (RFC 9471 §3.2). */
export function targetsOf(sets: RrSets, owner: number, set: number): Target[] {
  const before = octetsBeforeTarget(sets.type[set]);
  if (before < 0) return [];
  const cut = sets.type[set] === RrType.NS && (sets.flags[owner] & OwnerFlag.CUT) !== 0 ? owner : -1;
  const { rdata, at, length } = sets.records;
  const required: Target[] = [];
  const others: Target[] = [];
  const seen = new Set<number>();
  let name = RECORD_HEAD + before;
  for (let i = sets.first[set]; i < sets.first[set] + sets.count[set]; i++) {
    const row = sets.order[i];
    const from = at[row] + before;
    const target = addressOwner(sets, rdata, from);
    const glue = target >= 0 && (sets.flags[target] & (OwnerFlag.OCCLUDED | OwnerFlag.CUT)) !== 0;
    if (target >= 0 && (cut >= 0 || !glue)) {
      const below = cut >= 0 && isBelow(sets, rdata, from, cut);
      const key = target * 2 + Number(below);
      if (!seen.has(key)) (below ? required : others).push({ at: name, owner: target, glue, required: below });
      seen.add(key);
    }
    name += RECORD_HEAD + length[row];
  }
  if (required.length === 0) return others;
  // A wildcard's NS RRset may have both at one owner: "*" itself, and a name that "*" stands for.
  return required.concat(others.filter((target) => !seen.has(target.owner * 2 + 1)));
}

/** The owner of the addresses of the name at wire[at], a wildcard where there is no other (RFC 1034 §4.3.2 step 6); -1 for none. */
function addressOwner(sets: RrSets, wire: Uint8Array, at: number): number {
  const end = skipName(wire, at);
  if (!sets.owners.contains(wire, at, end - at)) return -1;
  let owner = inTree(sets, wire, at, end);
  if (owner < 0) owner = wildcardOwner(sets, wire, at, end);
  return owner >= 0 && (sets.has(owner, RrType.A) || sets.has(owner, RrType.AAAA)) ? owner : -1;
}

/** The owner "*" below the closest encloser of a name that is not there; -1 also where a cut or DNAME hides it. */
function wildcardOwner(sets: RrSets, wire: Uint8Array, from: number, end: number): number {
  let encloser = -1;
  for (let at = from; encloser < 0; encloser = inTree(sets, wire, at, end)) at += wire[at] + 1;
  const flags = sets.flags[encloser];
  if ((flags & OwnerFlag.WILDCARD_BELOW) === 0) return -1;
  return (flags & (OwnerFlag.OCCLUDED | OwnerFlag.CUT | OwnerFlag.DNAME)) === 0 ? sets.owners.wildcard(encloser) : -1;
}

/** The owner with a name, when it is one of the zone's tree: an NSEC3's is not (RFC 5155 §7.2.8). */
function inTree(sets: RrSets, wire: Uint8Array, at: number, end: number): number {
  const owner = sets.owners.find(wire, at, end - at);
  return owner >= 0 && (sets.flags[owner] & OwnerFlag.HASHED) === 0 ? owner : -1;
}

/** Whether the name at wire[at] is at or below a cut: by the name itself, for a wildcard may stand for it that is not. */
function isBelow({ owners, parent }: RrSets, wire: Uint8Array, at: number, cut: number): boolean {
  let up = owners.find(wire, at, skipName(wire, at) - at);
  while (up > 0 && up !== cut) up = parent[up];
  return up === cut;
}
