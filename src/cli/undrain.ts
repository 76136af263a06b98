/** zonecast undrain: put a service of a POP to use again. */

import { parseFlags, type Verb } from "./flags.ts";
import { goalFlags } from "./goal.ts";
import { tellPop } from "./telling.ts";

export const undrainVerb: Verb<typeof goalFlags> = {
  name: "undrain",
  about: [
    "Put a service of a POP that was drained or in reserve to use again: it is announced as soon as its probes are good.",
    "With POP through the store, from anywhere; without it, the POP on this machine through its control socket.",
  ].join("\n"),
  rest: "[POP]",
  flags: goalFlags,
};

/** Runs the verb; the exit code. */
export async function runUndrain(args: readonly string[]): Promise<number> {
  const { flags, rest } = parseFlags(undrainVerb, args);
  return tellPop("serve", flags, rest);
}
