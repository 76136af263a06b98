/** Decides what becomes of one zone in a push: nothing, a refusal, or a new version. */

import { createHash } from "node:crypto";
import { compareSerial } from "../../wire/serial.ts";
import type { GuardLimits } from "../../zone/delta/finding.ts";
import { deltaGuards } from "../../zone/delta/guards.ts";
import { diffZones, totals } from "../../zone/diff.ts";
import { isUnchanged, type ZoneDiff } from "../../zone/diffresult.ts";
import type { Zone } from "../../zone/image.ts";
import type { SerialPolicy } from "../../zone/newserial.ts";
import { zoneBlocks } from "../../zone/text.ts";
import type { Blob } from "../blob/pack.ts";
import type { Override, Version, Wave } from "../manifest/manifest.ts";
import { type Base, type Ground, keptImage, liveImage, readBase } from "./base.ts";
import { judge, type Objection } from "./guards.ts";
import type { Publication } from "./publish.ts";
import { blobsOf } from "./repair.ts";
import { serialFor } from "./serial.ts";
import { notIn } from "./upload.ts";
import { type Deed, publicationOf } from "./version.ts";

/** What a push goes by. */
export interface Terms extends Deed {
  readonly policy: SerialPolicy;
  readonly limits: GuardLimits;
  /** Guards that may find what they like. */
  readonly allow: ReadonlySet<string>;
  readonly waves: readonly Wave[];
  /** RRsets of a diff that are kept to be shown, and those of a new zone. */
  readonly shown: number;
  readonly shownNew: number;
}

/** A zone that is to be what this image is. */
export interface Incoming {
  readonly zone: string;
  readonly image: Zone;
}

interface Known {
  readonly zone: string;
  /** What was there before; undefined for a zone that is new, or was removed. */
  readonly before: Version | undefined;
}

export type Plan =
  | (Known & {
      readonly outcome: "unchanged";
      readonly base: Base;
      readonly before: Version;
      /** What the store must have of it: see repair.ts. */
      readonly blobs: readonly Blob[];
    })
  | (Known & {
      readonly outcome: "refused";
      readonly diff: ZoneDiff;
      readonly objections: readonly Objection[];
    })
  | (Known & {
      readonly outcome: "change";
      readonly diff: ZoneDiff;
      readonly serial: number;
      readonly overrides: readonly Override[];
      readonly publication: Publication;
    });

/**
 * Plans a zone. One that differs in its serial alone is unchanged, as generators raise it each time that they run; but
 * where people keep their own serials, a higher one is meant to be seen. Rejects as the store does, with ManifestError, and with
 * Refusal for what nobody can allow.
 */
export async function planZone(incoming: Incoming, ground: Ground, terms: Terms): Promise<Plan> {
  const { zone, image } = incoming;
  const base = await readBase(zone, ground);
  const before = base.live?.version;
  const trusted = base.head.doubt === undefined;
  // With both images at hand, comparing them takes half the time of writing a text to digest it: 0.1 s for a million names.
  let live: Zone | string | undefined = await keptImage(base, ground);
  const bumped = terms.policy === "keep" && before !== undefined && compareSerial(image.serial, before.serial) > 0;
  if (live === undefined && trusted && base.live && before && !bumped && isSameText(image, before)) {
    const blobs = await blobsOf(zone, base.live, image, ground.store);
    if (typeof blobs !== "string") return { zone, before, outcome: "unchanged", base, blobs };
    live = blobs;
  }
  live ??= await liveImage(zone, base, ground);
  const limit = typeof live === "object" ? terms.shown : terms.shownNew;
  const compared = diffZones(typeof live === "object" ? live : undefined, image, { limit });
  if (trusted && base.live && before && !bumped && typeof live === "object" && isUnchanged(compared)) {
    const blobs = await blobsOf(zone, base.live, live, ground.store);
    return { zone, before, outcome: "unchanged", base, blobs: typeof blobs === "string" ? [] : blobs };
  }
  const { serial, objection } = serialFor({ image, above: base.floor.serial, policy: terms.policy, at: terms.at });
  const diff = { ...compared, serials: { ...compared.serials, after: serial } };
  const found: Objection[] = [...rolloutUnderWay(base), ...doubts(base, live), ...(objection ? [objection] : [])];
  if (typeof live !== "string") found.push(...deltaGuards(live, image, diff, terms.limits, ground.now));
  const { overrides, standing } = judge(found, terms.allow);
  if (standing.length > 0) return { zone, before, outcome: "refused", diff, objections: standing };
  const draft = { zone, image, serial, overrides, restores: undefined };
  const publication = publicationOf("push", draft, base, terms, terms.waves);
  const fresh = typeof live === "object" && before ? await notIn(before, publication.blobs, ground.getBlob) : undefined;
  const sent = fresh ? { ...publication, fresh } : publication;
  return { zone, before, outcome: "change", diff, serial, overrides, publication: sent };
}

/** True when the zone's text, but for its serial, is that of the version: its digest tells, and nothing is fetched. */
function isSameText(image: Zone, version: Version): boolean {
  const { names, records } = totals(image);
  if (names !== version.names || records !== version.records) return false;
  const digest = createHash("sha256");
  for (const block of zoneBlocks(image, version.serial)) digest.update(block);
  return digest.digest("hex") === version.sha256;
}

/** A second version can't go through the fleet before the first has. */
function rolloutUnderWay({ head }: Base): Objection[] {
  const rollout = head.signed?.manifest.rollout;
  if (rollout === undefined) return [];
  const wave = `wave ${rollout.wave + 1} of ${rollout.waves.length}`;
  const what = `version ${rollout.version} is being rolled out (${wave}, ${rollout.state})`;
  const found = `${what}: let it finish, or end it with zonecast rollout ${head.zone} abort or zonecast rollback ${head.zone}`;
  return [{ guard: undefined, found }];
}

/** What can't be compared with is not written over by accident. */
export function doubts({ head }: Base, live: Zone | string | undefined): Objection[] {
  const found = [head.doubt, typeof live === "string" ? live : undefined].filter((text) => text !== undefined);
  return found.map((text) => ({ guard: "unreadable", found: text }));
}
