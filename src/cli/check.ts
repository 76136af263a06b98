/** zonecast check: say all that is wrong with zone files, before a server has to. */

import { dirname, resolve } from "node:path";
import { originFromFile } from "../server/zonefilename.ts";
import { recordsOf, serialOf } from "../server/zoneset.ts";
import { absoluteName, nameToText } from "../text/name.ts";
import { errorsToText, problemToText } from "../zone/problem.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";

type LoadFile = typeof import("../server/zonefile.ts").loadFile;

const flags = {
  origin: { value: "NAME", help: "The zone's name, where the file's name does not tell it." },
  quiet: { help: "Show errors and warnings only." },
} as const;

export const checkVerb: Verb<typeof flags> = {
  name: "check",
  about: "Check zone files: every error and warning, as file:line:column. Exit code 0 when there is no error, 1 else.",
  rest: "FILE...",
  flags,
};

/** Runs the verb; the exit code. */
export async function runCheck(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(checkVerb, args);
  if (rest.length === 0) throw new UsageError("name a zone file to check");
  const apex = given.origin === undefined ? undefined : zoneName(given.origin);
  let failed = false;
  // Not at the top: a server that takes its zones from images starts without a parser, which is 15 ms of its start.
  const { loadFile } = await import("../server/zonefile.ts");
  for (const path of rest) failed = !checkFile(path, apex, given.quiet === true, loadFile) || failed;
  return failed ? 1 : 0;
}

function zoneName(text: string): Uint8Array {
  try {
    return absoluteName(text);
  } catch (error) {
    throw new UsageError(`--origin: ${(error as Error).message}`);
  }
}

function checkFile(path: string, apex: Uint8Array | undefined, quiet: boolean, loadFile: LoadFile): boolean {
  const job = { file: path, root: dirname(resolve(path)), apex, origin: originFromFile(path) };
  const { result } = loadFile(job, Math.floor(Date.now() / 1000));
  for (const problem of result.problems) process.stdout.write(`${problemToText(problem)}\n`);
  if (result.image === undefined) process.stdout.write(`${path}: not loadable: ${errorsToText(result.errors)}\n`);
  else if (!quiet) {
    const zone = nameToText(result.apex as Uint8Array);
    const facts = `zone ${zone} serial ${serialOf(result.image)}, ${recordsOf(result.image)} records`;
    process.stdout.write(`${path}: ok: ${facts}\n`);
  }
  return result.image !== undefined;
}
