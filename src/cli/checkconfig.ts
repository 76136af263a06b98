/** zonecast check-config: say all that is wrong with a configuration, before a server has to. */

import { announcedPrefixes, withAnnounced } from "../config/announced.ts";
import { popIdentity } from "../config/identity.ts";
import type { Config } from "../config/schema.ts";
import { anycastSetup } from "../server/routes/setup.ts";
import { tlsAddresses } from "../server/tls/addresses.ts";
import { listenToText } from "../text/listen.ts";
import { adminOf, checkTls, readConfig } from "./configfile.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";

const flags = {
  connect: {
    help: "Also try each BGP neighbour: open a session, announce nothing, close it. Not while the POP itself runs.",
  },
  quiet: { help: "Say only what is wrong." },
} as const;

export const checkConfigVerb: Verb<typeof flags> = {
  name: "check-config",
  about: [
    "Check a configuration: every error as file:line:column, and what it names on this machine: BIRD's socket, vtysh.",
    "Exit code 0 when all is well, 1 for what is not there or does not work, 2 for errors in the file.",
  ].join("\n"),
  rest: "FILE",
  flags,
};

/** Runs the verb; the exit code. Throws ConfigError. */
export async function runCheckConfig(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(checkConfigVerb, args);
  const [file, more] = rest;
  if (file === undefined || more !== undefined) throw new UsageError("name one configuration file");
  const config = readConfig(file);
  adminOf(config, file);
  await checkTls(config, file);
  const troubles = await troublesHere(config, given.connect === true);
  for (const trouble of troubles) process.stdout.write(`${file}: ${trouble}\n`);
  if (troubles.length === 0 && given.quiet !== true) {
    for (const line of [`${file}: ok`, ...summary(config)]) process.stdout.write(`${line}\n`);
  }
  return troubles.length === 0 ? 0 : 1;
}

/** What the configuration names and does not work here, as sentences. */
async function troublesHere(config: Config, connect: boolean): Promise<readonly string[]> {
  const setup = anycastSetup(config.anycast, listenOf(config));
  if (setup === undefined) return [];
  const { tryDaemon, trySessions } = await import("../server/routes/trial.ts");
  const troubles = await tryDaemon(config.anycast, setup);
  return troubles ?? (connect ? trySessions(config.anycast, setup, popOf(config)) : []);
}

/** What a POP with this configuration is. */
function summary(config: Config): string[] {
  const announced = announcedPrefixes(config.anycast, listenOf(config));
  const all = withAnnounced(listenOf(config), announced);
  const { by, bgp } = config.anycast;
  const to = by === "bgp" ? bgp.neighbours.flatMap(({ at }) => (at ? [listenToText(at)] : [])).join(", ") : by;
  const prefixes = announced.map(
    ({ prefix, service, addresses }) => `  ${prefix.text} (${service}): ${addresses.map(listenToText).join(", ")}`,
  );
  const announces = announced.length === 0 ? "  announces nothing" : `  announces to ${to}:`;
  const tls = tlsAddresses(config.tls, all).map(listenToText);
  const secure = tls.length === 0 ? [] : [`  over TLS on ${tls.join(", ")}`];
  return [`  POP ${popOf(config)} on ${all.map(listenToText).join(", ")}`, ...secure, announces, ...prefixes];
}

function popOf(config: Config): string {
  return popIdentity(undefined, process.env.POP_ID, config.pop);
}

function listenOf({ listen }: Config) {
  return listen.filter((one) => one !== undefined);
}
