/** Who this POP is: the same build runs everywhere and is told its place. */

import { hostname } from "node:os";

const MOST = 63;

/** The flag wins over POP_ID, POP_ID over the file, the file over the machine's name; at most 63 characters. */
export function popIdentity(
  flag: string | undefined,
  environment: string | undefined,
  file: string | undefined,
): string {
  const identity = flag || environment || file || hostname();
  return identity.slice(0, MOST);
}
