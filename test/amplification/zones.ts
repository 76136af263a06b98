/** Zones from text, as a server would have them. */

import { nameFromText } from "../../src/text/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { loadZone } from "../../src/zone/load.ts";
import { problemToText } from "../../src/zone/problem.ts";

/** Inside the validity of the signed zones in zones/. */
const NOW = 1_800_000_000;

export interface LoadedZones {
  readonly zones: ReadonlyMap<string, Zone>;
  readonly wires: readonly Uint8Array[];
  /** Why others could not be loaded. */
  readonly refused: readonly string[];
}

export function loadAll(files: readonly (readonly [apex: string, text: string])[]): LoadedZones {
  const zones = new Map<string, Zone>();
  const wires: Uint8Array[] = [];
  const refused: string[] = [];
  for (const [apex, text] of files) {
    const wire = nameFromText(apex);
    const source = { file: apex, bytes: Uint8Array.from(Buffer.from(text)) };
    const { image, problems } = loadZone(source, { apex: wire, include: () => "no $INCLUDE here", now: NOW });
    if (image === undefined) refused.push(problems.map(problemToText).join("; "));
    else {
      zones.set(apex, new Zone(image));
      wires.push(wire);
    }
  }
  return { zones, wires, refused };
}
