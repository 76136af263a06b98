/** Finding names in a zone's image: RFC 1034 §4.3.2 step 3, the walk down the labels. */

import { joinHash, type Name, WILDCARD_LABEL_HASH } from "../wire/name.ts";
import type { Zone } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";

/** How the walk ended. */
export const Match = {
  /** 3a: the whole name is there, with or without records. */
  EXACT: 0,
  /** 3b: a zone cut at the name or above it. */
  CUT: 1,
  /** 3c: no such name; the closest encloser is what was found. */
  ABSENT: 2,
  /** A DNAME above the name (RFC 6672 §3.2). */
  DNAME: 3,
} as const;

/** The result of a walk; made once, filled by each `find`. */
export class Search {
  match: number = Match.EXACT;
  /** The node found: of the name, the cut or the DNAME; for ABSENT, the closest encloser's. */
  node = 0;
  /** The label of the searched name with which that node's name begins. */
  label = 0;
}

/** Walks from the apex towards the name. The name is at or below the zone's apex. */
export function find(zone: Zone, name: Name, search: Search): void {
  const below = name.labels - zone.apexLabels;
  const exact = below === 0 ? zone.top : lookup(zone, name, 0);
  const flags = exact === 0 ? OwnerFlag.OCCLUDED : zone.flags(exact);
  if ((flags & OwnerFlag.OCCLUDED) === 0) {
    search.match = (flags & OwnerFlag.CUT) !== 0 ? Match.CUT : Match.EXACT;
    search.node = exact;
    search.label = 0;
    return;
  }
  walk(zone, name, below, search);
}

/** The name is absent or occluded: what is above it? The name itself has been looked up, and is not looked up again. */
function walk(zone: Zone, name: Name, below: number, search: Search): void {
  let node = zone.top;
  let label = below;
  search.match = Match.ABSENT;
  if ((zone.flags(node) & OwnerFlag.DNAME) !== 0) search.match = Match.DNAME;
  while (search.match === Match.ABSENT && label > 1) {
    const next = lookup(zone, name, label - 1);
    if (next === 0) break;
    node = next;
    label--;
    const flags = zone.flags(node);
    if ((flags & OwnerFlag.CUT) !== 0) search.match = Match.CUT;
    else if ((flags & OwnerFlag.DNAME) !== 0) search.match = Match.DNAME;
  }
  search.node = node;
  search.label = label;
}

/** The node of the suffix that begins with a label of the name; 0 when the zone has none. */
export function lookup(zone: Zone, name: Name, label: number): number {
  const { words, bytes, table, tableMask } = zone;
  const hash = name.hash[label];
  const from = name.offset[label];
  const length = name.length - zone.apex.length - from;
  for (let slot = hash & tableMask; ; slot = (slot + 1) & tableMask) {
    const node = words[table + slot * 2 + 1];
    if (node === 0) return 0;
    if (
      (words[table + slot * 2] | 0) === hash &&
      bytes[node] === length &&
      same(bytes, node + 4, name.lower, from, length)
    ) {
      return node;
    }
  }
}

/** The node "*" below a suffix of the name, the source of synthesis (RFC 4592 §3.3.1); 0 when there is none. */
export function lookupWildcard(zone: Zone, name: Name, label: number): number {
  const { words, bytes, table, tableMask } = zone;
  const hash = joinHash(name.hash[label], WILDCARD_LABEL_HASH);
  const from = name.offset[label];
  const length = name.length - zone.apex.length - from;
  for (let slot = hash & tableMask; ; slot = (slot + 1) & tableMask) {
    const node = words[table + slot * 2 + 1];
    if (node === 0) return 0;
    if ((words[table + slot * 2] | 0) !== hash || bytes[node] !== length + 2) continue;
    if (bytes[node + 4] === 1 && bytes[node + 5] === 42 && same(bytes, node + 6, name.lower, from, length)) return node;
  }
}

function same(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}
