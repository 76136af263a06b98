/** The NSEC chain that a zone is served by: its owners in canonical order (RFC 4034 §6.1). */

import { canonicalKey, compareBytes, keyScratch, MAX_KEY } from "../wire/canonical.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Keyed } from "./nsec3chain.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { RrSets } from "./rrsets.ts";

/** The owners that have NSEC, but for occluded ones, in canonical order. */
export function nsecOwners(sets: RrSets): Keyed[] {
  const { owners } = sets;
  const starts = keyScratch();
  const room = new Uint8Array(MAX_KEY);
  const keyed: Keyed[] = [];
  for (let owner = 0; owner < owners.count; owner++) {
    if (!sets.has(owner, RrType.NSEC) || (sets.flags[owner] & OwnerFlag.OCCLUDED) !== 0) continue;
    const at = owners.at[owner];
    const length = canonicalKey(owners.octets, at, at + owners.length[owner], room, 0, starts);
    keyed.push({ owner, key: room.slice(0, length) });
  }
  return keyed.sort((a, b) => compareBytes(a.key, 0, a.key.length, b.key, 0, b.key.length));
}
