/** Serves what is on disk, before anything is asked of the store. */

import { setImmediate as turn } from "node:timers/promises";
import type { Version } from "../manifest/manifest.ts";
import { ManifestError, reopenManifest, type Signed } from "../manifest/message.ts";
import type { Entry } from "../store/store.ts";
import type { Copy, KeptZone } from "./copy.ts";
import type { Followed, Work } from "./followed.ts";
import type { Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { Maker } from "./maker.ts";
import type { Removals } from "./removals.ts";
import type { Swapper } from "./swapper.ts";

/** Zones are taken for so long, in milliseconds, before this thread looks at what else there is. */
const SLICE_MS = 20;

export interface BootArgs {
  readonly set: FollowSet;
  readonly maker: Maker;
  readonly swapper: Swapper;
  readonly removals: Removals;
  readonly surroundings: Surroundings;
}

export interface Booted {
  /** Manifests that were refused: to be tried again. */
  readonly refused: readonly Entry[];
  /** Some zones can't be made of what the copy has. */
  readonly damaged: boolean;
}

/** Sets the copy's zones to work; resolves when those that an image stood ready for are served. Rejects with SQLite's errors. */
export async function boot(copy: Copy, args: BootArgs): Promise<Booted> {
  const { surroundings, maker, swapper } = args;
  let damaged = false;
  let since = surroundings.monotonic();
  for (const page of copy.zones()) {
    for (const kept of page) {
      damaged = !bootZone(kept, args) || damaged;
      if (surroundings.monotonic() - since < SLICE_MS) continue;
      await turn();
      await maker.room();
      since = surroundings.monotonic();
    }
  }
  const refused = [...copy.refused()];
  await swapper.idle();
  return { refused, damaged };
}

/** False when it can't be read. */
function bootZone({ zone, taken, removal, body }: KeptZone, args: BootArgs): boolean {
  const { set, removals, surroundings } = args;
  if (!body) {
    // Nothing is left to be removed.
    set.restore(zone, taken, removal === "no" ? "no" : "done", false);
    return true;
  }
  let signed: Signed;
  try {
    signed = reopenManifest(zone, body.octets);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    // The id stays the fence; the mark is none, so that the same manifest is taken again.
    set.restore(zone, { id: taken.id, revision: 0, mark: "" }, removal, false);
    surroundings.tell(
      "error",
      "copy.damaged",
      { zone },
      `what the copy has of ${zone} is damaged: it comes from the store`,
    );
    return false;
  }
  const { manifest } = signed;
  const version = set.versionFor(manifest) ?? manifest.versions.find((one) => one.version === body.version);
  const followed = set.restore(zone, taken, removal, manifest.rollout !== undefined);
  if (removal === "doubt") removals.add(zone, surroundings.monotonic());
  if (version) serveOrMake(followed, signed, version, body.octets, args);
  return true;
}

function serveOrMake(
  followed: Followed,
  signed: Signed,
  version: Version,
  octets: Uint8Array,
  { swapper, maker, set, surroundings }: BootArgs,
): void {
  const { zone, taken } = followed;
  const image = surroundings.stored(zone, version)?.image;
  if (image) {
    swapper.add({
      zone,
      image,
      wanted: () => true,
      served: () => set.serve(followed, version, image, surroundings.now()),
      failed: (why) =>
        surroundings.tell("error", "zone.refused", { zone, why }, `zone ${zone} can't be served: ${why}`),
    });
    return;
  }
  const work: Work = {
    entry: { zone, revision: taken?.revision ?? 0, octets },
    mark: taken?.mark ?? "",
    signed,
    version,
    received: surroundings.now(),
    since: surroundings.monotonic(),
    fresh: false,
    tickets: [],
  };
  followed.work = work;
  maker.start(followed, work);
}
