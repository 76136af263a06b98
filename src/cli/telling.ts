/** Drain, undrain and reserve, once their flags are known: through the store to a POP that is named, else to the one here. */

import type { Goal } from "../sync/standing.ts";
import { askedOf, type GoalGiven } from "./goal.ts";
import { tellHere } from "./here.ts";
import { publisherName } from "./storeflags.ts";

/** Tells the POP; the exit code. */
export async function tellPop(to: Goal, given: GoalGiven, rest: readonly string[]): Promise<number> {
  const asked = askedOf(to, given, rest);
  const { pop } = asked;
  if (pop === undefined) return tellHere(asked, given, publisherName(given.by));
  // Who tells the POP on this machine does not load what opens stores.
  const { tellThere } = await import("./ordering.ts");
  return tellThere({ ...asked, pop }, given);
}
