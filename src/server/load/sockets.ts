/** How many datagrams the kernel has thrown away for each socket, from /proc/net/udp and udp6: their queue was full. */

import { endianness } from "node:os";
import { addressOctets } from "../../text/ipaddress.ts";
import type { Listen } from "../../text/listen.ts";

/** Columns of a line, split at spaces. */
const LOCAL = 1;
const INODE = 9;
const DROPS = 12;

/** The drops so far of the sockets that are bound to any of these addresses, by their inodes. */
export function dropsOf(table: string, own: ReadonlySet<string>): Map<string, number> {
  const drops = new Map<string, number>();
  for (const line of table.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns.length > DROPS && own.has(columns[LOCAL])) drops.set(columns[INODE], Number(columns[DROPS]));
  }
  return drops;
}

/** An address as the kernel writes it: 127.0.0.1@5300 is 0100007F:14B4, words of 32 bits as this machine has them. */
export function kernelForm({ address, port }: Listen): string {
  const octets = Buffer.from(addressOctets(address));
  const words = endianness() === "LE" ? octets.swap32() : octets;
  return `${words.toString("hex")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}
