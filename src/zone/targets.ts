/** The targets of an RRset: owners in the zone whose addresses go in the additional section, found when it is compiled. */

import type { Name } from "../wire/name.ts";
import { octetsBeforeTarget } from "../wire/rdatanames.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { TargetFlag } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { RrSets } from "./rrsets.ts";
import type { SetNames } from "./setnames.ts";

/** Up to so many are compared one by one. */
const FEW = 16;

const NONE = -1;

/**
 * The targets of one RRset that have addresses in the zone, each owner once: those that are required, then the others
 * (RFC 9471 §3.2). REQUIRED: it is glue below the very cut, and a referral can't do without it (§3.1). GLUE: it is data at
 * or below a cut, good for a referral and for nothing else (RFC 2181 §5.4.1).
 */
export class Targets {
  count = 0;
  /** Of each: whose target it is, by the record's place in the RRset, and where the name begins in the records. */
  readonly record: number[] = [];
  readonly at: number[] = [];
  /** Its owner × 4, and TargetFlag. */
  readonly owner: number[] = [];
  /** The same for each record; NONE where it leads nowhere. */
  readonly #found: number[] = [];

  /** Finds those of an RRset, whose names have been read. */
  find(sets: RrSets, owner: number, set: number, names: SetNames): void {
    this.count = 0;
    if (octetsBeforeTarget(sets.type[set]) < 0) return;
    const cut = sets.type[set] === RrType.NS && (sets.flags[owner] & OwnerFlag.CUT) !== 0 ? owner : NONE;
    let required = 0;
    let others = 0;
    for (let i = 0; i < sets.count[set]; i++) {
      const found = place(sets, names.target(sets, set, i), cut);
      this.#found[i] = found;
      if (found === NONE) continue;
      if ((found & TargetFlag.REQUIRED) !== 0) required++;
      else others++;
    }
    const seen = required + others > FEW ? new Set<number>() : undefined;
    if (required > 0) this.#list(sets, set, names.before, TargetFlag.REQUIRED, seen);
    // A wildcard's NS RRset may have both at one owner: "*" itself, and a name that "*" stands for.
    if (others > 0) this.#list(sets, set, names.before, 0, seen);
  }

  #list(sets: RrSets, set: number, before: number, required: number, seen: Set<number> | undefined): void {
    let at = RECORD_HEAD + before;
    for (let i = 0; i < sets.count[set]; i++) {
      const found = this.#found[i];
      if (found !== NONE && (found & TargetFlag.REQUIRED) === required && !this.#lists(found >>> 2, seen)) {
        this.record[this.count] = i;
        this.at[this.count] = at;
        this.owner[this.count++] = found;
        seen?.add(found >>> 2);
      }
      at += RECORD_HEAD + sets.records.length[sets.order[sets.first[set] + i]];
    }
  }

  #lists(owner: number, seen: Set<number> | undefined): boolean {
    if (seen) return seen.has(owner);
    for (let i = 0; i < this.count; i++) if (this.owner[i] >>> 2 === owner) return true;
    return false;
  }
}

/** The owner of a target's addresses × 4, and TargetFlag; NONE when there are none, or none that `cut` may give. */
function place(sets: RrSets, name: Name, cut: number): number {
  const { owners, flags } = sets;
  const top = owners.labelOfApex(name);
  if (top < 0) return NONE;
  const exact = owners.findSuffix(name, 0, top);
  const owner = inTree(sets, exact) ? exact : wildcardOwner(sets, name, top);
  if (!sets.hasAddress(owner)) return NONE;
  const glue = (flags[owner] & (OwnerFlag.OCCLUDED | OwnerFlag.CUT)) !== 0;
  if (cut < 0) return glue ? NONE : owner * 4;
  // By the name itself: a wildcard at or below the cut may stand for a name that is not.
  return owner * 4 + (glue ? TargetFlag.GLUE : 0) + (isBelow(sets, exact, cut) ? TargetFlag.REQUIRED : 0);
}

/** The owner "*" below the closest encloser of a name that is not there (RFC 1034 §4.3.2 step 6); NONE also where a cut or DNAME hides it. */
function wildcardOwner(sets: RrSets, name: Name, top: number): number {
  let label = 1;
  let encloser = sets.owners.findSuffix(name, label, top);
  while (!inTree(sets, encloser)) encloser = sets.owners.findSuffix(name, ++label, top);
  const flags = sets.flags[encloser];
  if ((flags & OwnerFlag.WILDCARD_BELOW) === 0) return NONE;
  return (flags & (OwnerFlag.OCCLUDED | OwnerFlag.CUT | OwnerFlag.DNAME)) === 0 ? sets.owners.wildcard(encloser) : NONE;
}

/** Whether it is an owner of the zone's tree: an NSEC3's is not (RFC 5155 §7.2.8). */
function inTree(sets: RrSets, owner: number): boolean {
  return owner >= 0 && (sets.flags[owner] & OwnerFlag.HASHED) === 0;
}

/** Whether an owner is at or below a cut. */
function isBelow({ parent }: RrSets, owner: number, cut: number): boolean {
  let up = owner;
  while (up > 0 && up !== cut) up = parent[up];
  return up === cut;
}
