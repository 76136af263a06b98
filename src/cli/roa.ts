/** zonecast roa: what to register for the prefixes of a configuration, in the RPKI and in an IRR. */

import { registration, registrationToText } from "../anycast/roa.ts";
import { ConfigError } from "../config/load.ts";
import type { Prefix } from "../text/prefix.ts";
import { readConfig } from "./configfile.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";

const flags = {
  config: { value: "FILE", help: "The configuration, of which anycast.as, prefixes and covering are read." },
  json: { help: "Print JSON: as, roas, objects." },
} as const;

export const roaVerb: Verb<typeof flags> = {
  name: "roa",
  about: "Print the ROAs and route objects to register for the prefixes that are announced.",
  flags,
};

/** Runs the verb; the exit code. */
export async function runRoa(args: readonly string[]): Promise<number> {
  const { flags: given } = parseFlags(roaVerb, args);
  if (given.config === undefined) throw new UsageError("name the configuration with --config FILE");
  const { anycast } = readConfig(given.config);
  const prefixes = anycast.prefixes.flatMap((one) => one?.prefix ?? []);
  if (anycast.as === undefined || prefixes.length === 0) {
    throw new ConfigError([`${given.config}: anycast announces nothing: name as and prefixes there`]);
  }
  const covering = anycast.covering.filter((one): one is Prefix => one !== undefined);
  const found = registration(anycast.as, prefixes, covering);
  process.stdout.write(given.json === true ? `${JSON.stringify(found, null, 2)}\n` : registrationToText(found));
  return 0;
}
