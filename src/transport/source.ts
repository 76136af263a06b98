/** Sources that are never answered over UDP: their datagrams are forged, and a reply would feed a loop. */

/** echo, discard, daytime, qotd, chargen, time: services that reply to anything (CERT CA-1996-01). */
const REPLIERS: ReadonlySet<number> = new Set([7, 9, 13, 17, 19, 37]);

/** True for a port that no resolver asks from, and that replies to whatever it is sent. */
export function isReplier(port: number): boolean {
  return port === 0 || REPLIERS.has(port);
}

/** True when a datagram from this address and port gets no reply. `own` holds our own listen addresses as "ADDR@PORT". */
export function isForged(
  address: string,
  port: number,
  ownPorts: ReadonlySet<number>,
  own: ReadonlySet<string>,
): boolean {
  if (port >= 1024 && !ownPorts.has(port)) return false;
  if (isReplier(port)) return true;
  return ownPorts.has(port) && own.has(`${address}@${port}`);
}
