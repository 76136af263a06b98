/** Who this POP is: the same build runs everywhere and is told its place. */

import { hostname } from "node:os";
import { ConfigError } from "./load.ts";
import { isPopName, MOST_OCTETS, POP_NAME } from "./popname.ts";

/**
 * The flag wins over POP_ID, POP_ID over the file, the file over the machine's name. Throws ConfigError for a flag or a
 * POP_ID that is no POP's name; a name in the file has been looked at when it was read.
 */
export function popIdentity(
  flag: string | undefined,
  environment: string | undefined,
  file: string | undefined,
  machine = hostname(),
): string {
  const named = flag || environment;
  if (!named) return file || fitting(machine);
  if (isPopName(named)) return named;
  const where = flag ? "--pop" : "POP_ID";
  throw new ConfigError([`${where}: expected ${POP_NAME}, got ${JSON.stringify(named)}`]);
}

/** Nobody has chosen the machine's name for us, so that it is made to fit: Linux takes any 64 octets for one. */
function fitting(machine: string): string {
  return machine.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, MOST_OCTETS) || "localhost";
}
