/** zonecast push: check zone files, show what changes, and publish them together. */

import type { FileJob } from "../server/messages.ts";
import { loadFile } from "../server/zonefile.ts";
import { type Incoming, type Plan, planZone, type Terms } from "../sync/publish/plan.ts";
import { repair } from "../sync/publish/repair.ts";
import { nameToText } from "../text/name.ts";
import type { Changes } from "../zone/diffresult.ts";
import { Zone } from "../zone/image.ts";
import type { Problem } from "../zone/problem.ts";
import { conclude, termsOf } from "./conclude.ts";
import { parseFlags, type Verb } from "./flags.ts";
import { publishFlags, publishOptions, serialPolicy } from "./publishflags.ts";
import { atDesk, type Desk } from "./publishing.ts";
import { zoneJobs } from "./zonejobs.ts";

const flags = {
  ...publishFlags,
  serial: { value: "POLICY", help: "keep, date, counter or unix: where serials come from. Default keep, or --config." },
  origin: { value: "NAME", help: "The zone's name, where the file's name does not tell it." },
  "at-once": { help: "To all POPs at once, whatever waves the configuration has." },
} as const;

export const pushVerb: Verb<typeof flags> = {
  name: "push",
  about: [
    "Check zone files, show what changes, and publish all of them together, or none. A DIR stands for its zone files;",
    "zones of the store that have no file are left as they are (zonecast remove takes them out).",
    "Exit codes: 0 done, 1 refused, 2 usage, 3 somebody else was faster, 4 the store, 5 not proven in time, 6 went back.",
    "",
    "--json: { store, outcome, error?, zones: [...], waited? }",
    "  outcome  published, planned (a dry run), unchanged, refused or failed (then with error); one for each zone, too",
    "  zones    { zone, file, outcome, before: { version, serial }, version, serial, overrides: [{ guard, found }],",
    "           changes: { added, removed, changed (RRsets), signatures, denial, before, after }; when it is refused,",
    "           problems: [text] of its file, or objections: [{ guard, found }] }",
    "  waited   { outcome: proven, late or back; text; pops: [{ pop, standing, why, ms }]; spread: { p50, p99, max } }",
  ].join("\n"),
  rest: "FILE|DIR...",
  flags,
};

/** Runs the verb; the exit code. */
export async function runPush(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(pushVerb, args);
  const options = publishOptions(given);
  const policy = serialPolicy(given.serial);
  const jobs = await zoneJobs(rest, given.origin);
  return atDesk(given, options, async (desk) => {
    const { publish: configured } = desk.reader.config;
    const terms = termsOf(desk, options, {
      policy: policy ?? configured.serial,
      waves: given["at-once"] === true ? [] : configured.waves.map(({ to, bake }) => ({ to: present(to), bake })),
    });
    const plans = await planAll(jobs, desk, terms);
    return conclude(plans, desk);
  });
}

/** An option of a list that was wrong has ended the program before. */
function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((one) => one !== undefined);
}

/** Zones, and octets of images, that are in memory at the same time: a directory may have a million small ones. */
const BATCH = 64;
const BATCH_OCTETS: number = 64 << 20;

interface Loaded {
  readonly job: FileJob;
  readonly incoming: Incoming;
}

/** Loads and plans all files, a batch at a time. */
async function planAll(jobs: readonly FileJob[], desk: Desk, terms: Terms): Promise<readonly Plan[]> {
  const { ground, signal, teller, reader, options } = desk;
  const plans: Plan[] = [];
  for (const batch of loadBatches(jobs, desk)) {
    signal.throwIfAborted();
    const planned = await Promise.all(batch.map(({ incoming }) => planZone(incoming, ground, terms)));
    for (const [i, plan] of planned.entries()) {
      const { job } = batch[i];
      teller.plan(plan, job.file);
      plans.push(told(plan));
      if (plan.outcome !== "unchanged" || options.dryRun) continue;
      const repaired = await repair(reader.store, plan.blobs);
      if (repaired > 0) teller.loud(`${plan.zone} ${repairedText(repaired)}`);
    }
  }
  return plans;
}

/** See FollowOptions.againMost. */
function repairedText(blobs: number): string {
  const what = blobs === 1 ? "1 blob, which was" : `${blobs} blobs, which were`;
  return `is repaired: ${what} missing or damaged in the store; POPs that wait for it try again within half a minute`;
}

/** A plan without the records of its diff and the blobs that are looked after: there may be very many plans. */
function told(plan: Plan): Plan {
  if (plan.outcome === "unchanged") return { ...plan, blobs: [] };
  const without = (changes: Changes): Changes => ({ ...changes, list: [] });
  const { rrsets, signatures, denial } = plan.diff;
  const diff = { ...plan.diff, rrsets: without(rrsets), signatures: without(signatures), denial: without(denial) };
  return { ...plan, diff };
}

/** Loads files until a batch is full; what they have wrong is told. */
function* loadBatches(jobs: readonly FileJob[], { teller, ground }: Desk): Generator<readonly Loaded[]> {
  const files = new Map<string, string>();
  let batch: Loaded[] = [];
  let octets = 0;
  for (const job of jobs) {
    const { result } = loadFile(job, ground.now);
    const zone = result.apex === undefined ? "" : nameToText(result.apex).toLowerCase();
    const twice = result.image && claim(files, zone, job.file);
    teller.file(
      job.file,
      zone,
      twice ? [...result.problems, twice] : result.problems,
      result.image !== undefined && !twice,
    );
    if (result.image === undefined || twice) continue;
    batch.push({ job, incoming: { zone, image: new Zone(result.image) } });
    octets += result.image.byteLength;
    if (batch.length < BATCH && octets < BATCH_OCTETS) continue;
    yield batch;
    batch = [];
    octets = 0;
  }
  yield batch;
}

/** A zone belongs to one file. */
function claim(files: Map<string, string>, zone: string, file: string): Problem | undefined {
  const other = files.get(zone);
  if (other === undefined) {
    files.set(zone, file);
    return undefined;
  }
  const message = `${zone} is in ${other} already: push one of the two files`;
  return { severity: "error", file, line: 0, column: 0, message };
}
