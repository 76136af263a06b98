/** zonecast explain: why a question is answered as it is, and which line each record of the answer is from. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Catalogue } from "../answer/catalogue.ts";
import { type Explanation, explain, type Question } from "../answer/explain/explain.ts";
import { ConfigError } from "../config/load.ts";
import type { FileJob } from "../server/messages.ts";
import { listZones } from "../server/sources.ts";
import { absoluteName, nameToText } from "../text/name.ts";
import { typeFromText, typeToText } from "../wire/rrtype.ts";
import { problemToText } from "../zone/problem.ts";
import { readConfig } from "./configfile.ts";
import { documentOf, linesOf } from "./explainlines.ts";
import { fetchZones, fileShelf, type Loaded, nearestZone, type Shelf, storeShelf } from "./explainzones.ts";
import { type Flags, parseFlags, UsageError, type Verb } from "./flags.ts";
import { storeFlags, withReader } from "./storeflags.ts";
import { zoneJobs } from "./zonejobs.ts";
import { versionNumber } from "./zonename.ts";

const flags = {
  zones: { value: "DIR", help: "Explain with the zones in DIR. Default: --config, ZONECAST_STORE, or ./zones." },
  ...storeFlags,
  config: { value: "FILE", help: "Explain with the zones, or the store, of a configuration (deploy/pop.yaml)." },
  version: { value: "N", help: "Explain with version N of the zone, from the store." },
  dnssec: { help: "Ask for DNSSEC records, too (DO)." },
  tcp: { help: "Ask over TCP." },
  json: { help: "Print one JSON document: { question, steps, status, flags, answer, authority, additional }." },
} as const;

export const explainVerb: Verb<typeof flags> = {
  name: "explain",
  about:
    "Say why a question is answered as it is: zone, cut, wildcard, aliases, proofs; and the file and line of each record.",
  rest: "NAME TYPE [FILE|DIR...]",
  flags,
};

type Given = Flags<typeof flags>;

/** Runs the verb; the exit code: 1 when the zone to answer from does not load. */
export async function runExplain(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(explainVerb, args);
  const [name, type, ...paths] = rest;
  const question = questionOf(name, type, given);
  const now = Math.floor(Date.now() / 1000);
  const jobs = await jobsOf(paths, given);
  if (jobs !== undefined) return tell(question, fileShelf(jobs, now), given);
  return withReader(given, async (reader) => {
    const version = given.version === undefined ? undefined : versionNumber("--version", given.version);
    const zone = version === undefined ? undefined : await nearestZone(reader, question.name);
    const chosen = version === undefined || zone === undefined ? undefined : { zone, version };
    return tell(question, storeShelf(reader, chosen, now), given);
  });
}

function questionOf(name: string | undefined, type: string | undefined, given: Given): Question {
  if (name === undefined || type === undefined)
    throw new UsageError("say a name and a type, such as www.example.com A");
  const code = typeFromText(type.toUpperCase());
  if (code < 0) throw new UsageError(`"${type}" is no type of records`);
  const asked = { type: code, dnssec: given.dnssec === true, stream: given.tcp === true };
  try {
    return { name: absoluteName(name), ...asked };
  } catch (error) {
    throw new UsageError(`"${name}" is no name: ${(error as Error).message}`);
  }
}

/** The zone files that are meant; undefined when it is a store. */
async function jobsOf(paths: readonly string[], given: Given): Promise<readonly FileJob[] | undefined> {
  const files = [...paths, ...(given.zones === undefined ? [] : [given.zones])];
  const stored = given.store !== undefined || given.version !== undefined;
  if (files.length > 0 && stored) throw new UsageError("zones come from files or from a store: leave one out");
  const absent = files.find((path) => !existsSync(path));
  if (absent !== undefined) throw new UsageError(`${absent}: no such file or directory`);
  if (files.length > 0) return zoneJobs(files, undefined);
  if (stored) return undefined;
  if (given.config !== undefined) {
    const config = readConfig(given.config);
    if (config.store !== undefined) return undefined;
    return configured(config.zones.length > 0 ? config.zones : [resolve(given.config, "../zones")]);
  }
  if (process.env.ZONECAST_STORE) return undefined;
  if (existsSync("zones")) return zoneJobs(["zones"], undefined);
  throw new UsageError("with which zones? Name files or a directory, or say --config FILE or --store PLACE");
}

async function configured(
  zones: readonly (string | { readonly name: string | undefined; readonly file: string | undefined } | undefined)[],
): Promise<readonly FileJob[]> {
  const directories = zones.filter((source) => typeof source === "string");
  const files = zones.flatMap((source) =>
    typeof source === "object" && source.file !== undefined ? [{ name: source.name, file: source.file }] : [],
  );
  const { jobs, failed } = await listZones({ directories, files });
  if (failed.length > 0) throw new ConfigError(failed.map(({ directory, why }) => `${directory}: ${why}`));
  return jobs;
}

async function tell(question: Question, shelf: Shelf, given: Given): Promise<number> {
  const shelved = new Map<string, Loaded | undefined>();
  const explanation = await explained(question, shelf, shelved);
  const { zone } = explanation;
  const from = [...shelved.values()].find((loaded) => loaded !== undefined && loaded.zone === zone);
  const asked = { name: nameToText(question.name), type: typeToText(question.type), dnssec: question.dnssec };
  const document = documentOf(asked, explanation, zone && from?.read);
  const text = given.json === true ? JSON.stringify(document, null, 2) : linesOf(document).join("\n");
  process.stdout.write(`${text}\n`);
  const failed = [...shelved.values()].filter((loaded) => loaded !== undefined && loaded.zone === undefined);
  for (const problem of failed.flatMap((loaded) => loaded?.problems ?? [])) {
    process.stderr.write(`${problemToText(problem)}\n`);
  }
  return failed.length > 0 ? 1 : 0;
}

/** Which zones matter is known when the aliases are: each target may be in one that hides it, or in another. */
async function explained(
  question: Question,
  shelf: Shelf,
  shelved: Map<string, Loaded | undefined>,
): Promise<Explanation> {
  const catalogue = new Catalogue();
  catalogue.complete = true;
  await fetchZones(question.name, shelf, catalogue, shelved);
  for (;;) {
    const explanation = explain(catalogue, question);
    const seen = shelved.size;
    for (const { target } of explanation.hops) {
      if (target) await fetchZones(target.wire.slice(0, target.length), shelf, catalogue, shelved);
    }
    if (shelved.size === seen) return explanation;
  }
}
