/** zonecast drain: take a service of a POP out of use. */

import { parseFlags, type Verb } from "./flags.ts";
import { lessFlags } from "./goal.ts";
import { tellPop } from "./telling.ts";

export const drainVerb: Verb<typeof lessFlags> = {
  name: "drain",
  about: [
    "Take a service of a POP out of use: routers are told to prefer others, and then its prefixes are withdrawn. It stays so",
    "over restarts, until undrain or --for. The fleet is asked first: only so many POPs are away at once, and never the last.",
    "With POP through the store, from anywhere; without it, the POP on this machine through its control socket.",
  ].join("\n"),
  rest: "[POP]",
  flags: lessFlags,
};

/** Runs the verb; the exit code. */
export async function runDrain(args: readonly string[]): Promise<number> {
  const { flags, rest } = parseFlags(drainVerb, args);
  return tellPop("drain", flags, rest);
}
