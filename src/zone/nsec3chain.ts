/** The NSEC3 chain that a zone is served by: its parameters, and its owners by hash (RFC 5155 §3, §4). */

import { compareBytes } from "../wire/canonical.ts";
import { RrType } from "../wire/rrtype.ts";
import { SHA1_LENGTH } from "../wire/sha1.ts";
import type { Owners } from "./owners.ts";
import type { RrSets } from "./rrsets.ts";

/** An owner and the octets it is sorted by. */
export interface Keyed {
  readonly owner: number;
  readonly key: Uint8Array;
}

/** The NSEC3PARAM of a chain that this zone has: SHA-1, flags 0 (RFC 5155 §4.1.2). */
export function nsec3Params(sets: RrSets): Uint8Array | undefined {
  const { records } = sets;
  const set = sets.find(0, RrType.NSEC3PARAM);
  if (set < 0) return undefined;
  for (let i = sets.first[set]; i < sets.first[set] + sets.count[set]; i++) {
    const row = sets.order[i];
    const at = records.at[row];
    if (records.rdata[at] === 1 && records.rdata[at + 1] === 0) {
      return records.rdata.slice(at, at + records.length[row]);
    }
  }
  return undefined;
}

/** The owners of the chain with these parameters, in the order of their hashes. */
export function hashedOwners(sets: RrSets, params: Uint8Array): Keyed[] {
  const keyed: Keyed[] = [];
  for (let owner = 0; owner < sets.owners.count; owner++) {
    const set = sets.find(owner, RrType.NSEC3);
    if (set < 0 || !sameParams(sets, set, params)) continue;
    const key = hashOfOwner(sets.owners, owner);
    if (key) keyed.push({ owner, key });
  }
  return keyed.sort((a, b) => compareBytes(a.key, 0, SHA1_LENGTH, b.key, 0, SHA1_LENGTH));
}

/** True when an NSEC3 is of the chain: same algorithm, iterations and salt. */
function sameParams(sets: RrSets, set: number, params: Uint8Array): boolean {
  const { rdata, at } = sets.records;
  const from = at[sets.order[sets.first[set]]];
  if (rdata[from] !== params[0]) return false;
  for (let i = 2; i < 5 + params[4]; i++) if (rdata[from + i] !== params[i]) return false;
  return true;
}

/** A SHA-1 hash in base32hex. */
const HASH_LABEL = 32;

/** The hash that an NSEC3 owner's first label spells; undefined when it is no such label right below the apex. */
function hashOfOwner(owners: Owners, owner: number): Uint8Array | undefined {
  const at = owners.at[owner];
  if (owners.length[owner] !== HASH_LABEL + 1 || owners.octets[at] !== HASH_LABEL) return undefined;
  const hash = new Uint8Array(SHA1_LENGTH);
  let bits = 0;
  let value = 0;
  let to = 0;
  for (let i = 1; i <= HASH_LABEL; i++) {
    const digit = base32hexDigit(owners.octets[at + i]);
    if (digit < 0) return undefined;
    value = (value << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      hash[to++] = value >>> bits;
      value &= (1 << bits) - 1;
    }
  }
  return hash;
}

/** Lower-case base32hex (RFC 4648 §7): 0–9, a–v. */
function base32hexDigit(octet: number): number {
  if (octet >= 48 && octet <= 57) return octet - 48;
  if (octet >= 97 && octet <= 118) return octet - 87;
  return -1;
}
