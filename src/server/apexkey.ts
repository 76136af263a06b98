/** A zone's name as the key of a map: its octets, in lower case as far as ASCII goes (RFC 4343 §3). */

import { LOWER } from "../wire/name.ts";

export function apexKey(apex: Uint8Array): string {
  return Buffer.from(apex.map((octet) => LOWER[octet])).toString("latin1");
}
