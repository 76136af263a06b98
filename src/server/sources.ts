/** Where zones come from: directories of zone files and single files, as configured. */

import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { absoluteName } from "../text/name.ts";
import { whyNot } from "../text/systemerror.ts";
import type { FileJob } from "./messages.ts";
import { Slices } from "./slices.ts";
import { isZoneFile, originFromFile } from "./zonefilename.ts";

/** What the configuration says. */
export interface ZoneSources {
  readonly directories: readonly string[];
  readonly files: readonly { readonly name: string | undefined; readonly file: string }[];
}

export interface Listing {
  readonly jobs: readonly FileJob[];
  /** Directories that could not be read: what was served from them goes on. */
  readonly failed: readonly { readonly directory: string; readonly why: string }[];
}

/** Lists all zone files. Never rejects. */
export async function listZones(sources: ZoneSources): Promise<Listing> {
  const jobs: FileJob[] = sources.files.map(({ name, file }) => ({
    file: resolve(file),
    root: dirname(resolve(file)),
    apex: name === undefined ? undefined : absoluteName(name),
    origin: originFromFile(file),
  }));
  const named = new Set(jobs.map(({ file }) => file));
  const slices = new Slices();
  const failed: { directory: string; why: string }[] = [];
  for (const directory of sources.directories.map((path) => resolve(path))) {
    try {
      const names = (await readdir(directory)).filter(isZoneFile).sort();
      for (const name of names) {
        const file = join(directory, name);
        if (named.has(file)) continue;
        jobs.push({ file, root: directory, apex: undefined, origin: originFromFile(name) });
        if (slices.over) await slices.turn();
      }
    } catch (error) {
      failed.push({ directory, why: whyNot("read", error) });
    }
  }
  return { jobs, failed };
}
