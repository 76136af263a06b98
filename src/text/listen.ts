/** Listen addresses: ADDR@PORT, as NSD and Knot write them. */

import { isIP, isIPv6 } from "node:net";

export interface Listen {
  readonly address: string;
  readonly port: number;
}

const DNS_PORT = 53;

/** Reads "192.0.2.1@5300", "2001:db8::1@53", "[::1]@53" or an address alone (`standard` port); undefined when it is none. */
export function listenFromText(text: string, standard: number = DNS_PORT): Listen | undefined {
  const at = text.lastIndexOf("@");
  const host = (at < 0 ? text : text.slice(0, at)).replace(/^\[(.*)\]$/, "$1");
  const port = at < 0 ? standard : portFromText(text.slice(at + 1));
  return isIP(host) !== 0 && port !== undefined ? { address: canonical(host), port } : undefined;
}

/** One spelling for each IPv6 address (RFC 5952), as the system gives them back: the same one twice is noticed. */
function canonical(host: string): string {
  return isIPv6(host) && !host.includes("%") ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host;
}

function portFromText(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** "192.0.2.1@53". */
export function listenToText(listen: Listen): string {
  return `${listen.address}@${listen.port}`;
}

/** True for 0.0.0.0 and ::, which stand for every address of the machine. */
export function isWildcard(listen: Listen): boolean {
  return isIPv6(listen.address) ? /^[0:]+$/.test(listen.address) : listen.address === "0.0.0.0";
}
