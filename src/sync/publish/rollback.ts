/** Plans a rollback: the content of an earlier version as a new one, with a serial that secondaries and resolvers follow. */

import { rrsigEnds } from "../../zone/delta/rrsig.ts";
import { diffZones } from "../../zone/diff.ts";
import { isUnchanged } from "../../zone/diffresult.ts";
import { type Ground, liveImage, readBase } from "./base.ts";
import { judge, type Objection } from "./guards.ts";
import { versionBefore } from "./history.ts";
import { imageOf, readText } from "./live.ts";
import { pastOf, versionOf } from "./lookup.ts";
import { doubts, type Plan, type Terms } from "./plan.ts";
import { Refusal } from "./refusal.ts";
import { serialFor } from "./serial.ts";
import { notIn } from "./upload.ts";
import { publicationOf } from "./version.ts";

/**
 * Plans a zone's rollback to a version, or to the one before. It goes to all POPs at once, and ends a rollout. Guards
 * that hold the step between versions against it are not asked: it has been served before. Rejects as planZone does.
 */
export async function planRollback(zone: string, to: number | undefined, ground: Ground, terms: Terms): Promise<Plan> {
  const past = await pastOf(ground.store, zone, ground.trust);
  const number = to ?? versionBefore(past);
  if (number === undefined) throw new Refusal(`${zone} has no earlier version to go back to: see zonecast log ${zone}`);
  const content = versionOf(zone, past, number);
  const base = await readBase(zone, ground);
  const before = base.live?.version;
  const text = await readText(zone, content, ground.getBlob);
  const image = imageOf(zone, number, text, ground.now);
  const live = await liveImage(zone, base, ground);
  const compared = diffZones(typeof live === "object" ? live : undefined, image, { limit: terms.shown });
  const rolling = base.head.signed?.manifest.rollout !== undefined;
  if (before && !rolling && base.head.doubt === undefined && typeof live === "object" && isUnchanged(compared)) {
    return { zone, before, outcome: "unchanged", base, blobs: [] };
  }
  // The old serial is never raised by itself, whatever the policy for files is.
  const policy = terms.policy === "keep" ? "counter" : terms.policy;
  const { serial, objection } = serialFor({ image, above: base.floor.serial, policy, at: terms.at });
  const diff = { ...compared, serials: { ...compared.serials, after: serial } };
  const found: Objection[] = [...doubts(base, undefined), ...rrsigEnds(image, terms.limits.rrsig, ground.now)];
  if (objection) found.push({ ...objection, found: `${objection.found}, and push it` });
  const { overrides, standing } = judge(found, terms.allow);
  if (standing.length > 0) return { zone, before, outcome: "refused", diff, objections: standing };
  const draft = { zone, image, serial, overrides, restores: number };
  const publication = publicationOf("rollback", draft, base, terms, []);
  // What history keeps is not collected: only what has the new serial in it is sent.
  const fresh = await notIn(content.version, publication.blobs, ground.getBlob);
  return { zone, before, outcome: "change", diff, serial, overrides, publication: { ...publication, fresh } };
}
