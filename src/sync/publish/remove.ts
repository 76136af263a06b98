/** Plans a removal: signed manifests without versions, which POPs need to see before they let go of a zone. */

import { forEach } from "../foreach.ts";
import { isRemoval, type Manifest, type Override } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import { type Base, type Ground, readBase } from "./base.ts";
import { judge, type Objection } from "./guards.ts";
import { openTrusted } from "./head.ts";
import type { Publication } from "./publish.ts";
import type { Deed } from "./version.ts";

/** So many zones may go at once whatever the store's size, and more when they are not over this share of it. */
const FEW = 3;
const PERCENT = 10;
/** Heads that are read at the same time. */
const AT_ONCE = 32;

export interface Removal {
  readonly publications: readonly Publication[];
  /** Zones that are not in the store, or were removed before. */
  readonly absent: readonly string[];
  readonly gone: readonly string[];
  /** Why it is refused; empty when it is not. */
  readonly objections: readonly Objection[];
}

/** Plans the removal of zones, each named once. Rejects as readBase does. */
export async function planRemoval(
  zones: readonly string[],
  ground: Ground,
  deed: Deed,
  allow: ReadonlySet<string>,
): Promise<Removal> {
  const bases = new Map<string, Base>();
  await forEach(zones, AT_ONCE, async (zone) => {
    bases.set(zone, await readBase(zone, ground));
  });
  const known = zones.map((zone) => bases.get(zone) as Base);
  const named = (list: readonly Base[]) => list.map(({ head }) => head.zone);
  const there = known.filter((base) => base.head.revision > 0 && !wasRemoved(base));
  const objections = [...(await massRemoval(there.length, ground)), ...there.flatMap(({ head }) => doubt(head.doubt))];
  const { overrides, standing } = judge(objections, allow);
  return {
    publications: there.map((base) => removalOf(base, deed, overrides)),
    absent: named(known.filter(({ head }) => head.revision === 0)),
    gone: named(known.filter((base) => base.head.revision > 0 && wasRemoved(base))),
    objections: standing,
  };
}

/** A removal that nobody trusted has signed is none. */
function wasRemoved({ head }: Base): boolean {
  return head.doubt === undefined && head.signed !== undefined && isRemoval(head.signed.manifest);
}

function doubt(found: string | undefined): Objection[] {
  return found === undefined ? [] : [{ guard: "unreadable", found }];
}

function removalOf({ head, floor }: Base, deed: Deed, overrides: readonly Override[]): Publication {
  const manifest: Manifest = {
    zone: head.zone,
    id: floor.id + 1,
    action: "remove",
    at: deed.at.toISOString(),
    by: deed.by,
    ...(deed.why === undefined ? {} : { why: deed.why }),
    ...(overrides.length === 0 ? {} : { overrides }),
    latest: floor.version,
    versions: [],
    targets: [],
  };
  const signed = { manifest, bodies: new Uint8Array(0) };
  return { zone: head.zone, expected: head.revision, signed, blobs: [], fresh: [], image: undefined };
}

/** More than a few zones, and more than a share of all that are there. */
async function massRemoval(removed: number, ground: Ground): Promise<Objection[]> {
  if (removed <= FEW) return [];
  const enough = Math.ceil((removed * 100) / PERCENT);
  const there = await countZones(ground, enough);
  if (there >= enough) return [];
  return [{ guard: "mass-removal", found: `${removed} of ${there} zones would go, over ${PERCENT} percent` }];
}

/** How many zones there are that were not removed; counting ends at `enough`. */
async function countZones({ store, trust }: Ground, enough: number): Promise<number> {
  let there = 0;
  for await (const batch of store.heads()) {
    await forEach(batch, AT_ONCE, async ({ zone }) => {
      if (there < enough && (await isThere(store, zone, trust))) there++;
    });
    if (there >= enough) break;
  }
  return there;
}

async function isThere(store: Store, zone: string, trust: Ground["trust"]): Promise<boolean> {
  const entry = await store.head(zone);
  const signed = entry && openTrusted(zone, entry.octets, trust);
  return signed !== undefined && !isRemoval(signed.manifest);
}
