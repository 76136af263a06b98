/** Who was faster: what a publisher is told whose heads have changed meanwhile. */

import type { Trust } from "../manifest/keys.ts";
import { isRemoval, type Manifest, newestOf } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import { readHead } from "./head.ts";

/** Zones that are told one by one. */
const MOST = 10;

/** Lines that say who changed these zones, and what to do. Never rejects. */
export async function conflictText(zones: readonly string[], store: Store, trust: Trust): Promise<string> {
  const lines: string[] = [];
  for (const zone of zones.slice(0, MOST)) lines.push(await whoChanged(zone, store, trust));
  if (zones.length > MOST) lines.push(`and ${zones.length - MOST} more zones`);
  return `${lines.join("\n")}\nnothing was published: look at what they did, then do it again on top of that`;
}

async function whoChanged(zone: string, store: Store, trust: Trust): Promise<string> {
  const plain = `${zone} was changed by somebody else meanwhile`;
  try {
    const { signed, doubt } = await readHead(store, zone, trust);
    return signed && doubt === undefined ? `${zone} was changed meanwhile: ${deed(signed.manifest)}` : plain;
  } catch {
    return plain;
  }
}

/** What a manifest did, in words: "push of version 8 (serial 2026110101) by alice@desk at 2026-11-01T10:00:00.000Z: new mail host". */
export function deed(manifest: Manifest): string {
  const version = newestOf(manifest);
  const what = version && !isRemoval(manifest) ? ` of version ${version.version} (serial ${version.serial})` : "";
  const why = manifest.why === undefined ? "" : `: ${manifest.why}`;
  return `${manifest.action}${what} by ${manifest.by} at ${manifest.at}${why}`;
}
