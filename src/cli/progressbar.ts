/** A bar on a terminal's last line. Elsewhere it draws nothing. */

import { formatOctets } from "./octets.ts";

/** Characters of a bar. */
const WIDTH = 30;

export interface Bar {
  show(what: string, done: number, of: number): void;
  /** Takes the bar away. */
  clear(): void;
}

/** A bar for what has at least so many octets. */
export function barOf(stream: NodeJS.WriteStream, least: number): Bar {
  let drawn = "";
  return {
    show(what, done, of) {
      if (!stream.isTTY || of < least) return;
      const line = `${what} ${drawBar(done / of, WIDTH)} ${formatOctets(done)} of ${formatOctets(of)}`;
      if (line !== drawn) stream.write(`\r${line}\x1b[K`);
      drawn = line;
    },
    clear() {
      if (drawn !== "") stream.write("\r\x1b[K");
      drawn = "";
    },
  };
}

/** "████████░░░░" for a share from 0 to 1. */
export function drawBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
