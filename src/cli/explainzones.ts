/** The zones that a question is explained with: only those at the ends of a name are loaded, from files or the store. */

import { dirname, resolve } from "node:path";
import type { Catalogue } from "../answer/catalogue.ts";
import type { FileJob } from "../server/messages.ts";
import { readRegular } from "../server/regularfile.ts";
import { loadFile } from "../server/zonefile.ts";
import { isRemoval } from "../sync/manifest/manifest.ts";
import { contentOf } from "../sync/publish/compose.ts";
import { everywhere, readPast } from "../sync/publish/history.ts";
import { readText } from "../sync/publish/live.ts";
import { versionOf } from "../sync/publish/lookup.ts";
import { absoluteName, nameToText, ROOT } from "../text/name.ts";
import { Zone } from "../zone/image.ts";
import { findApex, loadZone } from "../zone/load.ts";
import type { Problem, Source } from "../zone/problem.ts";
import { cachedBlobs } from "./cachefolder.ts";
import type { Read } from "./recordlines.ts";
import type { Reader } from "./storeflags.ts";

/** A zone that was loaded, or could not be, and what it was read from. */
export interface Loaded {
  readonly apex: Uint8Array;
  readonly zone: Zone | undefined;
  readonly problems: readonly Problem[];
  readonly read: Read | undefined;
}

/** Where zones are looked for: the one with exactly this name, when there is one. */
export type Shelf = (apex: string) => Promise<Loaded | undefined>;

/** Loads the zones that a name may be in, and puts them into the catalogue. `shelved` has those already seen, by name. */
export async function fetchZones(
  name: Uint8Array,
  shelf: Shelf,
  catalogue: Catalogue,
  shelved: Map<string, Loaded | undefined>,
): Promise<void> {
  for (let at = 0; ; at += name[at] + 1) {
    const apex = nameToText(name, at).toLowerCase();
    if (!shelved.has(apex)) {
      const loaded = await shelf(apex);
      shelved.set(apex, loaded);
      if (loaded) catalogue.set(loaded.apex, loaded.zone);
    }
    if (name[at] === 0) return;
  }
}

/** Zone files. Whose zone can't be told from the beginning of the file is loaded at once. */
export function fileShelf(jobs: readonly FileJob[], now: number): Shelf {
  const byApex = new Map<string, FileJob>();
  for (const job of jobs) {
    const apex = job.apex ?? apexOf(job) ?? loadFile(job, now).result.apex ?? job.origin;
    const key = nameToText(apex ?? ROOT).toLowerCase();
    if (!byApex.has(key)) byApex.set(key, job);
  }
  return (apex) => {
    const job = byApex.get(apex);
    return Promise.resolve(job === undefined ? undefined : fromFile(job, absoluteName(apex), now));
  };
}

function apexOf(job: FileJob): Uint8Array | undefined {
  try {
    const source = { file: job.file, bytes: readRegular(job.file).bytes };
    return findApex(source, job.origin ?? ROOT, () => "not looked into");
  } catch {
    // That it can't be read is told when it is loaded.
    return undefined;
  }
}

function fromFile(job: FileJob, apex: Uint8Array, now: number): Loaded {
  const { result, sources } = loadFile(job, now);
  const zone = result.image && new Zone(result.image);
  const [source] = sources;
  const files = new Map(sources.map((one) => [one.file, one]));
  const include = (path: string, from: Source) => files.get(resolve(dirname(from.file), path)) ?? `no ${path}`;
  const read = source && { source, origin: job.apex ?? job.origin ?? ROOT, include };
  return { apex, zone, problems: result.problems, read };
}

/** The zones in a store as they are live; one of them, when it is said, in another version. */
export function storeShelf(
  { store, trust }: Reader,
  chosen: { readonly zone: string; readonly version: number } | undefined,
  now: number,
): Shelf {
  const getBlob = cachedBlobs((sha256) => store.getBlob(sha256));
  return async (zone) => {
    const { past } = await readPast(store, zone, trust);
    if (past.length === 0) return undefined;
    const number = chosen?.zone === zone ? chosen.version : undefined;
    const [{ manifest }] = past;
    if (number === undefined && everywhere(manifest) === undefined && isRemoval(manifest)) return undefined;
    const content = versionOf(zone, past, number);
    const bytes = await readText(zone, content, getBlob);
    const source = { file: `${zone}@${content.version.version}`, bytes };
    const apex = absoluteName(zone);
    const include = () => "$INCLUDE is in no text of a store";
    const { image, problems } = loadZone(source, { apex, include, now });
    return { apex, zone: image && new Zone(image), problems, read: { source, origin: apex, include } };
  };
}

/** The longest end of a name that the store has a zone for: the one that --version is about. */
export async function nearestZone({ store, trust }: Reader, name: Uint8Array): Promise<string | undefined> {
  for (let at = 0; ; at += name[at] + 1) {
    const zone = nameToText(name, at).toLowerCase();
    const { past } = await readPast(store, zone, trust);
    if (past.some((signed) => contentOf(signed, signed.manifest.latest) !== undefined)) return zone;
    if (name[at] === 0) return undefined;
  }
}
