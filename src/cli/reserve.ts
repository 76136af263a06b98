/** zonecast reserve: keep a service of a POP for where nobody else is near. */

import { parseFlags, type Verb } from "./flags.ts";
import { lessFlags } from "./goal.ts";
import { tellPop } from "./telling.ts";

export const reserveVerb: Verb<typeof lessFlags> = {
  name: "reserve",
  about: [
    "Keep a service of a POP in reserve: it is announced so that routers use it where nobody else is near. It stays so over",
    "restarts, until undrain or --for.",
    "With POP through the store, from anywhere; without it, the POP on this machine through its control socket.",
  ].join("\n"),
  rest: "[POP]",
  flags: lessFlags,
};

/** Runs the verb; the exit code. */
export async function runReserve(args: readonly string[]): Promise<number> {
  const { flags, rest } = parseFlags(reserveVerb, args);
  return tellPop("reserve", flags, rest);
}
