/** Finds a version of a zone in the store, by its number or because it is live, and says what there is when it can't. */

import type { Trust } from "../manifest/keys.ts";
import { isRemoval } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Content } from "./compose.ts";
import { everywhere, findVersion, type Past, readPast, versionNumbers } from "./history.ts";
import { Refusal } from "./refusal.ts";

/** The manifests of a zone, the newest first. Rejects with Refusal when there is none to be believed. */
export async function pastOf(store: Store, zone: string, trust: Trust): Promise<readonly Past[]> {
  const { past, untrusted } = await readPast(store, zone, trust);
  if (past.length > 0) return past;
  if (untrusted === 0) throw new Refusal(`${store.where} has no zone ${zone}: publish it with zonecast push`);
  throw new Refusal(`no manifest of ${zone} is signed by a key that is trusted here: see store.trust, ZONECAST_TRUST`);
}

/** A version by its number; what is live without one. Throws Refusal. */
export function versionOf(zone: string, past: readonly Past[], number: number | undefined): Content {
  const wanted = number ?? liveNumber(zone, past);
  const content = findVersion(past, wanted);
  if (content) return content;
  throw new Refusal(
    `${zone} has no version ${wanted}: there is ${listed(versionNumbers(past))}; see zonecast log ${zone}`,
  );
}

function liveNumber(zone: string, past: readonly Past[]): number {
  const { manifest } = past[0];
  const live = everywhere(manifest);
  if (live !== undefined) return live;
  if (!isRemoval(manifest)) return manifest.latest;
  throw new Refusal(
    `${zone} was removed by ${manifest.by} at ${manifest.at}: say which version; see zonecast log ${zone}`,
  );
}

function listed(numbers: readonly number[]): string {
  const most = 20;
  return numbers.length <= most
    ? numbers.join(", ")
    : `${numbers.slice(0, most).join(", ")} and ${numbers.length - most} more`;
}
