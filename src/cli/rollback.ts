/** zonecast rollback: an earlier version's content again, under a new serial. */

import { planRollback } from "../sync/publish/rollback.ts";
import { conclude, termsOf } from "./conclude.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { publishFlags, publishOptions, serialPolicy } from "./publishflags.ts";
import { atDesk } from "./publishing.ts";
import { versionNumber, zoneNamed } from "./zonename.ts";

const flags = {
  ...publishFlags,
  to: { value: "VERSION", help: "The version to bring back. Default: the one before what is live." },
  serial: {
    value: "POLICY",
    help: "date, counter or unix: where the new serial comes from. Default counter, or --config.",
  },
} as const;

export const rollbackVerb: Verb<typeof flags> = {
  name: "rollback",
  about: [
    "Bring the content of an earlier version back, as a new version with a higher serial, so that secondaries and resolvers",
    "follow. It goes to all POPs at once, and ends a rollout of the zone. A signed zone keeps the serial that it was",
    "signed with: --allow serial-backwards takes it all the same.",
  ].join("\n"),
  rest: "ZONE",
  flags,
};

/** Runs the verb; the exit code. */
export async function runRollback(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(rollbackVerb, args);
  if (rest.length !== 1) throw new UsageError("name one zone");
  const zone = zoneNamed(rest[0]);
  const to = given.to === undefined ? undefined : versionNumber("--to", given.to);
  const options = publishOptions(given);
  const asked = serialPolicy(given.serial);
  return atDesk(given, options, async (desk) => {
    const policy = asked ?? desk.reader.config.publish.serial;
    const plan = await planRollback(zone, to, desk.ground, termsOf(desk, options, { policy, waves: [] }));
    desk.teller.plan(plan, undefined);
    return conclude([plan], desk);
  });
}
