/** zonecast remove: take zones out of service. */

import { planRemoval } from "../sync/publish/remove.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { publishFlags, publishOptions } from "./publishflags.ts";
import { atDesk, publishAndWait } from "./publishing.ts";
import { zoneNamed } from "./zonename.ts";

export const removeVerb: Verb<typeof publishFlags> = {
  name: "remove",
  about: [
    "Take zones out of service: POPs let go of them when they have seen the removal, and have looked again. --why is",
    "needed. The versions are kept: zonecast rollback brings a zone back.",
  ].join("\n"),
  rest: "ZONE...",
  flags: publishFlags,
};

/** Runs the verb; the exit code. */
export async function runRemove(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(removeVerb, args);
  if (rest.length === 0) throw new UsageError("name a zone to remove");
  const names = [...new Set(rest.map(zoneNamed))];
  const options = publishOptions(given);
  if (options.why === undefined) throw new UsageError("--why TEXT is needed: it is kept in the zone's history");
  return atDesk(given, options, async (desk) => {
    const { teller, ground, by } = desk;
    const deed = { by, at: new Date(), why: options.why };
    const { publications, absent, gone, objections } = await planRemoval(names, ground, deed, options.allow);
    for (const zone of gone) {
      teller.removal(zone, "unchanged");
      teller.line(`${zone} was removed before`);
    }
    for (const zone of absent) {
      teller.removal(zone, "absent");
      teller.loud(`${zone} is not in the store`);
    }
    for (const { guard, found } of objections)
      teller.loud(`refused: ${guard}: ${found} (--allow ${guard} lets it through)`);
    if (objections.length > 0 || absent.length > 0) {
      teller.loud(`nothing ${options.dryRun ? "would be" : "was"} removed`);
      return Exit.REFUSED;
    }
    for (const { zone } of publications) teller.removal(zone, "planned");
    if (options.dryRun) {
      for (const { zone } of publications) teller.line(`dry run: ${zone} would be removed`);
      return Exit.DONE;
    }
    return publishAndWait(desk, publications, [], () => {
      for (const { zone } of publications) teller.line(`removed ${zone}`);
      // See FollowOptions.confirm.
      if (publications.length > 0 && desk.pops > 0 && !options.wait)
        teller.line("POPs let go in half a minute, when they have looked again");
    });
  });
}
