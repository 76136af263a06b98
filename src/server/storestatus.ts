/** What /status says of the store that a POP follows. */

import type { FollowView } from "../sync/follow/view.ts";

/** The store without secrets, and how far it was followed; `view` is undefined until following has begun. */
export function storeStatus(where: string, view: FollowView | undefined): Readonly<Record<string, unknown>> {
  const shown = { store: where, connected: view?.connection === "connected" };
  if (view === undefined) return { ...shown, synced: false };
  const { cursor, heard, why, since, synced, refusals, working, removals, missing, digest, unkept } = view;
  return {
    ...shown,
    since: new Date(since).toISOString(),
    why,
    heard: heard === undefined ? undefined : new Date(heard).toISOString(),
    synced,
    epoch: cursor?.epoch,
    position: cursor?.position,
    refusals,
    working,
    removals,
    missing,
    digest,
    unkept,
  };
}
