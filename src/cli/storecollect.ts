/** zonecast store collect: free what no kept version needs. */

import { type Collected, collect } from "../sync/store/collect.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { storeFlags, withReader } from "./storeflags.ts";

const DAY_MS = 86_400_000;
const GRACE_DAYS = 2;

const flags = {
  ...storeFlags,
  grace: {
    value: "DAYS",
    help: `Keep what was put within so many days: more than any push takes, and clocks are apart. Default ${GRACE_DAYS}.`,
  },
  "dry-run": { help: "Say what would go, and change nothing." },
} as const;

export const storeCollectVerb: Verb<typeof flags> = {
  name: "store collect",
  about: [
    "Drop blobs that no kept version needs. What is live or in a zone's history is never touched; when a manifest can't be",
    "read, nothing is.",
  ].join("\n"),
  flags,
};

/** Runs the verb; the exit code. */
export async function runStoreCollect(args: readonly string[]): Promise<number> {
  const given = parseFlags(storeCollectVerb, args).flags;
  const grace = graceDays(given.grace) * DAY_MS;
  const dryRun = given["dry-run"] === true;
  return withReader(given, async ({ store, trust }) => {
    const collected = await collect(store, { now: Date.now(), grace, dryRun, trust });
    for (const why of collected.told) process.stderr.write(`${why}\n`);
    process.stdout.write(`${sentence(collected, dryRun)}\n`);
    return collected.unread > 0 ? Exit.REFUSED : Exit.DONE;
  });
}

function sentence({ manifests, blobs, young, dropped, records, unread }: Collected, dryRun: boolean): string {
  const seen = `${manifests} manifests, ${blobs} blobs`;
  if (unread > 0) return `${seen}: ${unread} can't be read, so nothing is dropped`;
  const kept = young === 0 ? "" : `, ${young} are kept for the grace`;
  const rest = records === 0 ? kept : `${kept}, and ${records} records of old swaps are gone`;
  return `${seen}: ${dropped} ${dryRun ? "would be dropped" : "dropped"}${rest}`;
}

function graceDays(text: string | undefined): number {
  if (text === undefined) return GRACE_DAYS;
  const days = Number(text);
  if (text !== "" && days >= 0 && days <= 3650) return days;
  throw new UsageError(`--grace: expected days, 0 to 3650, got "${text}"`);
}
