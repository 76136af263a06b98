/** Proofs by NSEC (RFC 4035 §3.1.3): the record at a name, or the one that covers it. */

import { canonicalKey, compareBytes } from "../wire/canonical.ts";
import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Enclosers } from "../zone/enclosers.ts";
import { Word, type Zone } from "../zone/image.ts";
import { type Exchange, NO_WILDCARD } from "./exchange.ts";
import { addProof } from "./proof.ts";

/** No such name (§3.1.3.2): one NSEC covers the name, one the wildcard below its closest encloser. */
export function nsecForName(x: Exchange, zone: Zone, encloser: number): void {
  addNsec(x, zone, covering(x, zone, x.name, 0, false));
  const enclosers = zone.enclosers as Enclosers;
  const { node } = x.search;
  const slot = enclosers.slot(node);
  if (!enclosers.has(slot, node)) enclosers.set(slot, node, 0, -1, covering(x, zone, x.name, encloser, true));
  addNsec(x, zone, enclosers.wildcard(slot));
}

/**
 * No such type (§3.1.3.1, §3.1.3.4): the NSEC of the node, the wildcard's when that stands for the name. An empty
 * non-terminal has none, and is covered instead.
 */
export function nsecForType(x: Exchange, zone: Zone, node: number, wildcardEncloser: number): void {
  if (zone.rrset(node, RrType.NSEC) !== 0) addNsec(x, zone, node);
  else if (wildcardEncloser === NO_WILDCARD) addNsec(x, zone, covering(x, zone, x.name, 0, false));
  else addNsec(x, zone, covering(x, zone, x.name, wildcardEncloser, true));
}

/** Answered from a wildcard (§3.1.3.3): the name itself is covered. */
export function nsecForWildcard(x: Exchange, zone: Zone, name: Name): void {
  addNsec(x, zone, covering(x, zone, name, 0, false));
}

function addNsec(x: Exchange, zone: Zone, node: number): void {
  addProof(x, zone, node, RrType.NSEC);
}

/** The last node in canonical order (RFC 4034 §6.1) that is not after the suffix, or after "*" in front of it. */
function covering(x: Exchange, zone: Zone, name: Name, label: number, wildcard: boolean): number {
  const { words, bytes } = zone;
  const { key } = x;
  const end = name.length - zone.apex.length;
  let length = canonicalKey(name.lower, name.offset[label], end, key, 0, x.labelStarts);
  if (wildcard) {
    key[length++] = 42;
    key[length++] = 0;
  }
  const index = words[Word.NSEC] >>> 2;
  let low = 0;
  let high = words[Word.NSEC_COUNT];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const entry = words[index + middle];
    const order = compareBytes(bytes, entry + 6, bytes[entry + 4] | (bytes[entry + 5] << 8), key, 0, length);
    if (order <= 0) low = middle;
    else high = middle;
  }
  return words[words[index + low] >>> 2];
}
