/** NSEC3 owner names: the hash in base32hex as one label in front of the apex (RFC 5155 §3). */

import { SHA1_LENGTH } from "../wire/sha1.ts";
import type { Owners } from "./records.ts";

/** A SHA-1 hash in base32hex. */
const HASH_LABEL = 32;

/** The hash that an NSEC3 owner's first label spells; undefined when it is no such label right below the apex. */
export function hashOfOwner(owners: Owners, owner: number): Uint8Array | undefined {
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
