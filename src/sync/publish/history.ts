/** A zone's past: its manifests, its versions, and the one that a rollback goes back to. */

import type { Trust } from "../manifest/keys.ts";
import { isRemoval, type Manifest, newestOf } from "../manifest/manifest.ts";
import type { Signed } from "../manifest/message.ts";
import type { Store } from "../store/store.ts";
import { type Content, contentOf } from "./compose.ts";
import { openTrusted } from "./head.ts";

/** A manifest that is kept, and what it has of texts. */
export interface Past extends Signed {
  readonly revision: number;
}

/** The manifests of a zone that are kept and trusted, the newest first; and how many are not to be believed. */
export async function readPast(
  store: Store,
  zone: string,
  trust: Trust,
): Promise<{ readonly past: Past[]; readonly untrusted: number }> {
  const entries = await store.history(zone);
  const past = entries.flatMap(({ revision, octets }) => {
    const signed = openTrusted(zone, octets, trust);
    return signed ? [{ ...signed, revision }] : [];
  });
  return { past, untrusted: entries.length - past.length };
}

/** A version by its number, from the newest manifest that still has it. */
export function findVersion(past: readonly Signed[], number: number): Content | undefined {
  for (const signed of past) {
    const content = contentOf(signed, number);
    if (content) return content;
  }
  return undefined;
}

/** The numbers of the versions that are kept, the highest first. */
export function versionNumbers(past: readonly Signed[]): number[] {
  const numbers = new Set(past.flatMap(({ manifest }) => manifest.versions.map(({ version }) => version)));
  return [...numbers].sort((a, b) => b - a);
}

/**
 * The version that the zone goes back to when nobody says which: what a rollout started from, what a removal removed,
 * else the last one that all POPs had before what they have now. A second rollback goes one further back.
 */
export function versionBefore(past: readonly Signed[]): number | undefined {
  const manifest = past.at(0)?.manifest;
  if (manifest === undefined) return undefined;
  if (manifest.rollout) return manifest.rollout.from;
  if (isRemoval(manifest)) return past.map((one) => everywhere(one.manifest)).find((number) => number !== undefined);
  const live = newestOf(manifest);
  const origin = live && originOf(past, live.version);
  if (origin === undefined) return undefined;
  const served = past
    .map((one) => everywhere(one.manifest))
    .filter((number) => number !== undefined && number < origin);
  return served.length === 0 ? undefined : Math.max(...(served as number[]));
}

/** The version that all POPs, but those that try a newer one out, are to serve. */
export function everywhere(manifest: Manifest): number | undefined {
  return manifest.targets.find(({ group }) => group === "*")?.version;
}

/** The version whose content another one is, through all rollbacks between them. */
function originOf(past: readonly Signed[], number: number): number {
  const restores = findVersion(past, number)?.version.restores;
  return restores === undefined || restores >= number ? number : originOf(past, restores);
}
