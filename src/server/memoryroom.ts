/**
 * Whether there is memory to compile a large zone. When there is none, the kernel ends the process, and with it all zones that
 * are served; and it does so again after every restart, as the file is still there.
 */

import { readFileSync } from "node:fs";
import { freemem } from "node:os";

/** Less text than this is not looked at, in octets. */
const LARGE = 8 << 20;
/**
 * Octets of memory that an octet of text takes to become an image, at the least. Measured at the peak: 3.9 for RRSIGs and
 * for long TXT, 8.2 for addresses with short names. What is refused by this could not have been compiled.
 */
const EACH = 3.5;
const MB = 1e6;

/** There is no memory for it now. */
export class NoRoom extends Error {}

/** Throws NoRoom, which says what to do, when so much text can't be compiled. */
export function demandRoom(octets: number, room: () => number = memoryRoom): void {
  if (octets < LARGE) return;
  const needed = octets * EACH;
  const left = room();
  if (needed <= left) return;
  const [text, needs, has] = [octets, needed, Math.max(0, left)].map((one) => Math.round(one / MB));
  const sizes = `${text} MB of text take ${needs} MB of memory to compile, or more, and there are ${has}`;
  throw new NoRoom(`${sizes}: raise this server's limit (MemoryMax with systemd), or give the machine more`);
}

/** Octets that this process may yet have: by the limit of its control group, and by what the machine has. */
function memoryRoom(): number {
  const limit = process.constrainedMemory();
  return Math.min(limit > 0 ? limit - anonymous() : Number.POSITIVE_INFINITY, freemem());
}

/** What counts against the limit, and can't be thrown away as pages of files can be. */
function anonymous(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return (of("RssAnon") + of("RssShmem")) * 1024;
  } catch {
    return process.memoryUsage.rss();
  }
}
