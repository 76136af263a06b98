/** zonecast diff: what differs between two versions of a zone, or between one and a file. */

import { dirname, resolve } from "node:path";
import type { Trust } from "../sync/manifest/keys.ts";
import type { Past } from "../sync/publish/history.ts";
import { imageOf, readText } from "../sync/publish/live.ts";
import { pastOf, versionOf } from "../sync/publish/lookup.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import type { Store } from "../sync/store/store.ts";
import { absoluteName } from "../text/name.ts";
import { diffZones } from "../zone/diff.ts";
import { diffLines } from "../zone/difflines.ts";
import { Zone } from "../zone/image.ts";
import { errorsToText, problemToText } from "../zone/problem.ts";
import { cachedBlobs } from "./cachefolder.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { storeFlags, withReader } from "./storeflags.ts";
import { versionNumber, zoneNamed } from "./zonename.ts";

const flags = {
  ...storeFlags,
  json: { help: "Print one JSON document: serials, totals, and each RRset that was added, removed or changed." },
} as const;

export const diffVerb: Verb<typeof flags> = {
  name: "diff",
  about: [
    "Show what differs between two versions of a zone. Each is a version's number, live, or a zone file; with one only,",
    "what is live is compared with it.",
  ].join("\n"),
  rest: "ZONE [VERSION|live|FILE] VERSION|live|FILE",
  flags,
};

/** Where versions come from. */
interface Sources {
  readonly zone: string;
  readonly store: Store;
  readonly trust: Trust;
  /** Undefined for a zone that the store does not have. */
  readonly past: readonly Past[];
}

/** Runs the verb; the exit code. */
export async function runDiff(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(diffVerb, args);
  if (rest.length !== 2 && rest.length !== 3) throw new UsageError("name a zone, and one or two of its versions");
  const zone = zoneNamed(rest[0]);
  const [a, b] = rest.length === 2 ? ["live", rest[1]] : [rest[1], rest[2]];
  return withReader(given, async ({ store, trust }) => {
    const sources = { zone, store, trust, past: await pastOf(store, zone, trust) };
    const before = await imageFrom(a, sources);
    const after = await imageFrom(b, sources);
    const diff = diffZones(before, after);
    if (given.json === true) process.stdout.write(`${JSON.stringify(diff, null, 2)}\n`);
    else for (const line of diffLines(diff)) process.stdout.write(`${line}\n`);
    return 0;
  });
}

/** The image that a word of the command line names. */
async function imageFrom(word: string, { zone, store, past }: Sources): Promise<Zone> {
  const numbered = /^\d+$/.test(word);
  if (!numbered && word !== "live") return imageOfFile(word, zone);
  const content = versionOf(zone, past, numbered ? versionNumber("diff", word) : undefined);
  const text = await readText(
    zone,
    content,
    cachedBlobs((sha256) => store.getBlob(sha256)),
  );
  return imageOf(zone, content.version.version, text, seconds());
}

async function imageOfFile(file: string, zone: string): Promise<Zone> {
  const { loadFile } = await import("../server/zonefile.ts");
  const apex = absoluteName(zone);
  const { result } = loadFile({ file, root: dirname(resolve(file)), apex, origin: apex }, seconds());
  if (result.image) return new Zone(result.image);
  const problems = result.problems.filter(({ severity }) => severity === "error").map(problemToText);
  throw new Refusal([...problems, `${file}: not loadable: ${errorsToText(result.errors)}`].join("\n"));
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
