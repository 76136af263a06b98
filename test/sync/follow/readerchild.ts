/** Reads a copy as a user that may not write it: DIRECTORY. Writes what it found as JSON. */

import { Copy } from "../../../src/sync/follow/copy.ts";

if (process.getuid?.() === 0) process.setuid?.(65534);
try {
  const copy = new Copy(process.argv[2]);
  const zones = [...copy.zones()].flat().map(({ zone }) => zone);
  console.log(JSON.stringify({ zones, why: copy.readOnly }));
} catch (error) {
  console.log(JSON.stringify({ zones: [], why: (error as Error).message }));
}
