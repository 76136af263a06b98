/** The real push code in this process, as often and as fast as a test wants. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Ground } from "../../../src/sync/publish/base.ts";
import { Fence } from "../../../src/sync/publish/fence.ts";
import { planZone, type Terms } from "../../../src/sync/publish/plan.ts";
import { publish } from "../../../src/sync/publish/publish.ts";
import { type Store, StoreError } from "../../../src/sync/store/store.ts";
import { imageOf, TERMS } from "../publish/making.ts";
import type { Fleet } from "./fleet.ts";

export interface Source {
  readonly zone: string;
  readonly text: string;
}

/** What a publisher knows, as the program has it. */
export async function groundOf({ trust }: Fleet, store: Store, now: Date): Promise<Ground> {
  return {
    ...{ store, trust, fence: new Fence(await store.reports()), now: now.getTime() / 1000 },
    getBlob: (sha256) => store.getBlob(sha256),
    image: async () => undefined,
  };
}

/** Pushes zones in one swap; false when nothing had to be done. Rejects with Conflict, StoreError. */
export async function pushOnce(
  fleet: Fleet,
  store: Store,
  sources: readonly Source[],
  terms: Partial<Terms> = {},
): Promise<boolean> {
  const { trust, signer } = fleet;
  const now = new Date();
  const ground = await groundOf(fleet, store, now);
  const plans = await Promise.all(
    sources.map(({ zone, text }) =>
      planZone({ zone, image: imageOf(zone, text) }, ground, { ...TERMS, at: now, ...terms }),
    ),
  );
  const publications = plans.flatMap((plan) => {
    if (plan.outcome === "refused") throw new Error(plan.objections.map(({ found }) => found).join("; "));
    return plan.outcome === "change" ? [plan.publication] : [];
  });
  if (publications.length === 0) return false;
  await publish(publications, { store, signer, trust, signal: new AbortController().signal, progress: () => {} });
  return true;
}

/** Pushes as somebody does who tries again when the store is away. */
export async function pushAtLast(fleet: Fleet, store: Store, sources: readonly Source[]): Promise<void> {
  for (;;) {
    try {
      await pushOnce(fleet, store, sources);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "lost") throw error;
      await sleep(100);
    }
  }
}
