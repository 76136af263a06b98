/** A new version of a zone, and the manifests that bring it. */

import { totals } from "../../zone/diff.ts";
import type { Zone } from "../../zone/image.ts";
import { zoneText } from "../../zone/text.ts";
import { type Blob, bodyOf, type Packed, pack } from "../blob/pack.ts";
import type { Action, Override, Rollout, Wave } from "../manifest/manifest.ts";
import { targetsAt } from "../rollout/change.ts";
import type { Base } from "./base.ts";
import { type Content, compose } from "./compose.ts";
import { LARGE } from "./imagecache.ts";
import type { Publication } from "./publish.ts";
import { Refusal } from "./refusal.ts";

/** Who does something, when and why. */
export interface Deed {
  readonly by: string;
  readonly at: Date;
  readonly why: string | undefined;
}

/** Content on its way to become a version. */
export interface Draft {
  readonly zone: string;
  readonly image: Zone;
  /** In place of the one that the image has. */
  readonly serial: number;
  readonly overrides: readonly Override[];
  readonly restores: number | undefined;
}

/** The version of a draft, with the blobs that it needs. Throws Refusal for a zone that is too large. */
function versionFrom(draft: Draft, base: Base, deed: Deed): { content: Content; blobs: readonly Blob[] } {
  const { image, serial, overrides, restores } = draft;
  const text = zoneText(image, serial);
  const packed = packedOrRefused(draft.zone, text);
  const { names, records } = totals(image);
  const version = {
    version: base.floor.version + 1,
    serial,
    records,
    names,
    size: text.length,
    sha256: packed.sha256,
    at: deed.at.toISOString(),
    by: deed.by,
    ...(deed.why === undefined ? {} : { why: deed.why }),
    // A rollback is not held against what it replaces: see planRollback.
    ...(restores === undefined ? afterLive(base) : { restores }),
    ...(overrides.length === 0 ? {} : { overrides }),
    body: bodyOf(packed, 0),
  };
  return { content: { version, inline: packed.inline }, blobs: packed.blobs };
}

function afterLive({ live }: Base): { readonly after?: number } {
  return live === undefined ? {} : { after: live.version.version };
}

function packedOrRefused(zone: string, text: Uint8Array): Packed {
  try {
    return pack(text);
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(`${zone}: ${error.message}`);
    throw error;
  }
}

/**
 * The manifest that brings a version: to all POPs at once; or by waves, when there are any and POPs serve a version of
 * the zone by now. A new zone has nothing to go back to, and nobody to be harmed by it.
 */
export function publicationOf(
  action: Action,
  draft: Draft,
  base: Base,
  deed: Deed,
  waves: readonly Wave[],
): Publication {
  const { content, blobs } = versionFrom(draft, base, deed);
  const number = content.version.version;
  const { live, head, floor } = base;
  const large = content.version.size >= LARGE && draft.image.serial === draft.serial;
  const sent = {
    zone: draft.zone,
    expected: head.revision,
    blobs,
    fresh: blobs,
    image: large ? draft.image : undefined,
  };
  const rest = {
    zone: draft.zone,
    id: floor.id + 1,
    action,
    at: deed.at.toISOString(),
    by: deed.by,
    ...(deed.why === undefined ? {} : { why: deed.why }),
    latest: number,
  };
  if (live === undefined || waves.length === 0) {
    const signed = compose({ ...rest, targets: [{ group: "*", version: number }] }, [content]);
    return { ...sent, signed };
  }
  const rollout: Rollout = { version: number, from: live.version.version, waves, wave: 0, state: "running" };
  const signed = compose({ ...rest, targets: targetsAt(rollout), rollout }, [content, live]);
  return { ...sent, signed };
}
