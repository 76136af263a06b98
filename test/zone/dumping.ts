/** A zone's text (src/zone/text.ts) line by line, for tests. */

import type { Zone } from "../../src/zone/image.ts";
import { zoneBlocks } from "../../src/zone/text.ts";

/** The lines of a zone's master file, without newlines. A large zone's are never all in memory. */
export function* dumpZone(zone: Zone): Generator<string> {
  for (const block of zoneBlocks(zone)) {
    const text = Buffer.from(block.buffer, block.byteOffset, block.length).toString("latin1", 0, block.length - 1);
    yield* text.split("\n");
  }
}
