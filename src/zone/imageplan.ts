/** The layout of one zone's image, worked out before a byte of it is written: the image is as large as it must be. */

import { RrType } from "../wire/rrtype.ts";
import { aligned, Denial, HEADER_WORDS, NSEC3_ENTRY, RRSET_HEADER } from "./image.ts";
import { isLinked, type LinkMaker } from "./linkmaker.ts";
import { Links } from "./links.ts";
import { hashedOwners, type Keyed, nsec3Params } from "./nsec3chain.ts";
import { nsecOwners } from "./nsecchain.ts";
import { rowBytes } from "./rows.ts";
import type { RrSets } from "./rrsets.ts";

/** Where each part of a zone's image goes, and how large the whole is. */
export class ImagePlan {
  readonly apex: number;
  readonly nodes: number;
  /** Each owner's node. */
  readonly node: Uint32Array;
  readonly links: Links;
  readonly nodesEnd: number;
  readonly table: number;
  readonly tableSize: number;
  readonly denial: number;
  readonly nsec: readonly Keyed[] = [];
  readonly nsec3: readonly Keyed[] = [];
  /** RDATA of the NSEC3PARAM the zone is served by: algorithm, flags, iterations, salt (RFC 5155 §4.2). */
  readonly params: Uint8Array = new Uint8Array(5);
  readonly index: number;
  readonly bytes: number;

  constructor(sets: RrSets, maker: LinkMaker) {
    this.links = new Links(maker);
    const { owners } = sets;
    this.apex = HEADER_WORDS * 4;
    this.nodes = this.apex + aligned(owners.apex.length);
    this.node = new Uint32Array(owners.count);
    let at = this.nodes;
    for (let owner = 0; owner < owners.count; owner++) {
      this.node[owner] = at;
      at += nodeBytes(sets, owner, this.links);
    }
    this.nodesEnd = at;
    this.table = at;
    this.tableSize = tableSize(owners.count);
    this.index = at + this.tableSize * 8;
    const params = nsec3Params(sets);
    if (params) {
      this.denial = Denial.NSEC3;
      this.params = params;
      this.nsec3 = hashedOwners(sets, params);
      this.bytes = this.index + this.nsec3.length * NSEC3_ENTRY + aligned(params[4]);
    } else {
      this.nsec = sets.has(0, RrType.NSEC) ? nsecOwners(sets) : [];
      this.denial = this.nsec.length > 0 ? Denial.NSEC : Denial.NONE;
      this.bytes = this.nsec.reduce((sum, { key }) => sum + 4 + aligned(6 + key.length), this.index);
    }
  }
}

function nodeBytes(sets: RrSets, owner: number, links: Links): number {
  let bytes = 4 + aligned(sets.owners.length[owner]);
  for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
    const from = sets.first[set];
    const to = from + sets.count[set] + sets.signatures[set];
    bytes += RRSET_HEADER + aligned(rowBytes(sets, from, to));
    if (isLinked(sets, set)) bytes += links.add(sets, owner, set);
  }
  return bytes;
}

/**
 * A power of two that keeps the table at most three fifths full: a name that is not there takes 3.6 probes then, nearly
 * always in one line of the cache, and 300,000 owners take 4 MB instead of 8.
 */
function tableSize(owners: number): number {
  let size = 4;
  while (size * 3 < owners * 5) size *= 2;
  return size;
}
