/** zonecast show: print a version of a zone, as the store has it. */

import { contentOf } from "../sync/publish/compose.ts";
import { readText } from "../sync/publish/live.ts";
import { pastOf, versionOf } from "../sync/publish/lookup.ts";
import { cachedBlobs } from "./cachefolder.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { storeFlags, withReader } from "./storeflags.ts";
import { zoneAtVersion } from "./zonename.ts";

const flags = {
  ...storeFlags,
  manifest: { help: "Print the manifest that has the version, as JSON, instead of the zone." },
} as const;

export const showVerb: Verb<typeof flags> = {
  name: "show",
  about: "Print a version of a zone as a master file; what is live when no version is named.",
  rest: "ZONE[@VERSION]",
  flags,
};

/** Runs the verb; the exit code. */
export async function runShow(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(showVerb, args);
  if (rest.length !== 1) throw new UsageError("name one zone to show, such as example.com or example.com@3");
  const { zone, version } = zoneAtVersion(rest[0]);
  return withReader(given, async ({ store, trust }) => {
    const past = await pastOf(store, zone, trust);
    if (given.manifest === true && version === undefined) return print(past[0].manifest);
    const content = versionOf(zone, past, version);
    if (given.manifest === true) {
      const holder = past.find((signed) => contentOf(signed, content.version.version) !== undefined);
      return print(holder?.manifest);
    }
    const getBlob = cachedBlobs((sha256) => store.getBlob(sha256));
    process.stdout.write(await readText(zone, content, getBlob));
    return 0;
  });
}

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}
