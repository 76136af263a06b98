/** From FILE… and DIR on the command line to zone files. */

import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError } from "../config/load.ts";
import type { FileJob } from "../server/messages.ts";
import { listZones } from "../server/sources.ts";
import { originFromFile } from "../server/zonefilename.ts";
import { absoluteName } from "../text/name.ts";
import { UsageError } from "./flags.ts";
import { zoneNamed } from "./zonename.ts";

/** The files that are meant: named ones as they are, and all zone files of a directory. Rejects with UsageError or ConfigError. */
export async function zoneJobs(paths: readonly string[], origin: string | undefined): Promise<readonly FileJob[]> {
  if (paths.length === 0) throw new UsageError("name zone files, or a directory of them");
  const apex = origin === undefined ? undefined : absoluteName(zoneNamed(origin));
  if (apex !== undefined && (paths.length > 1 || isDirectory(paths[0]))) {
    throw new UsageError("--origin is for one file");
  }
  const jobs: FileJob[] = [];
  for (const path of paths) {
    if (isDirectory(path)) jobs.push(...(await jobsIn(path)));
    else jobs.push({ file: path, root: dirname(resolve(path)), apex, origin: originFromFile(path) });
  }
  return jobs;
}

async function jobsIn(directory: string): Promise<readonly FileJob[]> {
  const { jobs, failed } = await listZones({ directories: [directory], files: [] });
  const why = failed.at(0)?.why;
  if (why !== undefined) throw new ConfigError([`${directory}: ${why}`]);
  if (jobs.length === 0) throw new ConfigError([`${directory}: no zone files in it (*.zone, *.db, db.*)`]);
  return jobs;
}

/** What is not there is told when it is read, as of a file. */
function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
