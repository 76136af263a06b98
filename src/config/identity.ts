/** Who this POP is: the same build runs everywhere and is told its place. */

import { hostname } from "node:os";

/** Octets: as much as fits into NSID beside the longest name and every other option, in 512 octets. */
const MOST = 63;

/** The flag wins over POP_ID, POP_ID over the file, the file over the machine's name; at most 63 octets. */
export function popIdentity(
  flag: string | undefined,
  environment: string | undefined,
  file: string | undefined,
): string {
  const identity = flag || environment || file || hostname();
  let octets = Buffer.from(identity).subarray(0, MOST);
  // Not in the middle of a character.
  while (octets.length > 0 && octets.toString().endsWith("\ufffd")) octets = octets.subarray(0, -1);
  return octets.toString();
}
