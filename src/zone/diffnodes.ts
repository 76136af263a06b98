/** Two images of one zone, node by node: which owner of the one is which of the other. */

import { nameToText } from "../text/name.ts";
import { MAX_NAME, Name } from "../wire/name.ts";
import { lookup } from "./find.ts";
import { aligned, Word, type Zone } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";

/** Gets an owner's node in either image; 0 where it has none. */
export type NodeVisit = (before: number, after: number) => void;

/**
 * Visits every owner of two images once: those of the later image in its order, then those that only the earlier one has.
 * Either may be missing, for a zone that is new or that goes. Throws RangeError when they are images of two zones.
 */
export function pairNodes(before: Zone | undefined, after: Zone | undefined, visit: NodeVisit): void {
  if (!before || !after) {
    if (after) eachNode(after, (node) => visit(0, node));
    if (before) eachNode(before, (node) => visit(node, 0));
    return;
  }
  needSameApex(before, after);
  const paired = pairOneWay(after, before, (node, found) => visit(found, node));
  if (paired === before.words[Word.OWNERS]) return;
  pairOneWay(before, after, (node, found) => {
    if (found === 0) visit(node, 0);
  });
}

/** Visits every node of an image, in its order. */
export function eachNode(zone: Zone, visit: (node: number) => void): void {
  const end = zone.words[Word.NODES_END];
  for (let node = zone.top; node < end; node = nextNode(zone, node)) visit(node);
}

/** A node's full name as text. */
export function ownerOf(zone: Zone, node: number): string {
  const wire = new Uint8Array(MAX_NAME);
  return nameToText(wire.subarray(0, zone.nameOf(node, wire, 0)));
}

function needSameApex(before: Zone, after: Zone): void {
  if (before.apex.length === after.apex.length && before.apex.every((octet, i) => octet === after.apex[i])) return;
  throw new RangeError(
    `${nameToText(before.apex)} and ${nameToText(after.apex)} are two zones: only versions of one can be compared`,
  );
}

/** Looks for each node of one image in another; returns how many were found. */
function pairOneWay(from: Zone, to: Zone, visit: (node: number, found: number) => void): number {
  const finder = new NodeFinder(to);
  const end = from.words[Word.NODES_END];
  const farEnd = to.words[Word.NODES_END];
  let paired = 0;
  let near = to.top;
  for (let node = from.top; node < end; node = nextNode(from, node)) {
    // Two versions mostly have their owners in the same order: this spares the hash, and a miss of the cache.
    const next = near < farEnd && sameOwner(from, node, to, near);
    const found = next ? near : finder.find(from, node);
    if (found !== 0) {
      paired++;
      near = nextNode(to, found);
    }
    visit(node, found);
  }
  return paired;
}

function nextNode(zone: Zone, node: number): number {
  let rrset = zone.firstRrset(node);
  for (let left = zone.rrsetCount(node); left > 0; left--) rrset = zone.nextRrset(rrset);
  return rrset;
}

/** Compares names relative to the apex; both stand in whole words, padded with zeros. */
function sameOwner(a: Zone, aNode: number, b: Zone, bNode: number): boolean {
  const length = a.bytes[aNode];
  if (b.bytes[bNode] !== length) return false;
  const words = aligned(length) >>> 2;
  const aAt = (aNode >>> 2) + 1;
  const bAt = (bNode >>> 2) + 1;
  for (let i = 0; i < words; i++) if (a.words[aAt + i] !== b.words[bAt + i]) return false;
  return true;
}

/** Finds nodes by name: those in the image's table, and those of NSEC3, which are in none. */
class NodeFinder {
  readonly #zone: Zone;
  readonly #name = new Name();
  readonly #wire = new Uint8Array(MAX_NAME);
  #hashed: HashedNodes | undefined;

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** The node with the name of another image's node; 0 when there is none. */
  find(from: Zone, node: number): number {
    const name = this.#name;
    name.read(this.#wire, 0, from.nameOf(node, this.#wire, 0));
    const found = lookup(this.#zone, name, 0);
    if (found !== 0) return found;
    this.#hashed ??= new HashedNodes(this.#zone);
    return this.#hashed.find(from, node, name.hash[0]);
  }
}

/**
 * The nodes that hold only NSEC3, by name. The image's index of NSEC3 has those of one chain; while a zone changes its
 * salt, it has two.
 */
class HashedNodes {
  readonly #zone: Zone;
  /** Open addressing, two words each: hash and node. */
  readonly #table: Int32Array;
  readonly #mask: number;

  constructor(zone: Zone) {
    this.#zone = zone;
    let count = 0;
    eachNode(zone, (node) => {
      if ((zone.flags(node) & OwnerFlag.HASHED) !== 0) count++;
    });
    let slots = 4;
    while (slots < count * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#table = new Int32Array(slots * 2);
    if (count > 0) this.#fill();
  }

  find(from: Zone, node: number, hash: number): number {
    const table = this.#table;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = table[slot * 2 + 1];
      if (found === 0) return 0;
      if (table[slot * 2] === hash && sameOwner(from, node, this.#zone, found)) return found;
    }
  }

  #fill(): void {
    const name = new Name();
    const wire = new Uint8Array(MAX_NAME);
    eachNode(this.#zone, (node) => {
      if ((this.#zone.flags(node) & OwnerFlag.HASHED) === 0) return;
      name.read(wire, 0, this.#zone.nameOf(node, wire, 0));
      let slot = name.hash[0] & this.#mask;
      while (this.#table[slot * 2 + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#table[slot * 2] = name.hash[0];
      this.#table[slot * 2 + 1] = node;
    });
  }
}
