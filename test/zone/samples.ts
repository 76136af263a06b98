/**
 * The sample zones: broken/ has one file for each defect, with what is to be said about it beside it; good/ has files
 * that are odd and all the same correct. Every file is of the zone example., but root.zone.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameFromText } from "../../src/text/name.ts";
import { type Loaded, loadZone } from "../../src/zone/load.ts";
import type { Include } from "../../src/zone/master.ts";
import { NOW, sourceOf } from "./loading.ts";

export interface Sample {
  readonly folder: "broken" | "good";
  readonly file: string;
  /** The zone's name. */
  readonly origin: string;
}

/** Where a folder of samples is. */
export function pathOf(folder: Sample["folder"]): string {
  return join(import.meta.dirname, folder);
}

/** All samples of a folder. */
export function samples(folder: Sample["folder"]): Sample[] {
  const files = readdirSync(pathOf(folder)).filter((file) => file.endsWith(".zone"));
  return files.toSorted().map((file) => ({ folder, file, origin: file === "root.zone" ? "." : "example." }));
}

/** Loads a sample on the day of the tests. */
export function loadSample({ folder, file, origin }: Sample): Loaded {
  const read = (path: string) => sourceOf(path, readFileSync(join(pathOf(folder), path)));
  const include: Include = (path) => {
    try {
      return read(path);
    } catch {
      return `can't read ${path}`;
    }
  };
  return loadZone(read(file), { apex: nameFromText(origin), include, now: NOW });
}
