/** Socket addresses as the kernel has them: family, port in network order, IPv4 octets or (after flow info) IPv6's. */

import { endianness } from "node:os";
import { addressOctets } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import { AF_INET, AF_INET6 } from "./libc.ts";

/** Octets of the larger kind, sockaddr_in6. */
export const SOCKADDR = 28;
const SOCKADDR_IN = 16;
/** Where the octets of the address stand. */
export const IPV4_AT = 4;
export const IPV6_AT = 8;

/** An address to bind; the scope of a link-local one ("%eth0") is given as the interface's number. */
export function sockaddrOf({ address, port }: Listen, scope = 0): Uint8Array {
  const octets = addressOctets(address);
  const ipv4 = octets.length === 4;
  // A buffer of its own: what the kernel reads must not move.
  const sockaddr = new Uint8Array(new ArrayBuffer(ipv4 ? SOCKADDR_IN : SOCKADDR));
  const view = new DataView(sockaddr.buffer);
  view.setUint16(0, ipv4 ? AF_INET : AF_INET6, endianness() === "LE");
  view.setUint16(2, port);
  sockaddr.set(octets, ipv4 ? IPV4_AT : IPV6_AT);
  if (!ipv4) view.setUint32(IPV6_AT + 16, scope, true);
  return sockaddr;
}

/** True when the port and address of the sockaddr at bytes[at] are those of `own`. */
export function sameSockaddr(bytes: Uint8Array, at: number, own: Uint8Array): boolean {
  const end = own.length === SOCKADDR_IN ? IPV4_AT + 4 : IPV6_AT + 16;
  for (let i = 0; i < end; i++) {
    // Flow info says nothing of who it is.
    if (i >= IPV4_AT && i < IPV6_AT && end > IPV6_AT) continue;
    if (bytes[at + i] !== own[i]) return false;
  }
  return true;
}
