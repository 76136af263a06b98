/** Turns a rollout in the store: reads the head, makes the next manifest, swaps it. */

import type { Manifest } from "../manifest/manifest.ts";
import { readHead } from "../publish/head.ts";
import { publish } from "../publish/publish.ts";
import { Refusal } from "../publish/refusal.ts";
import { Conflict } from "../store/store.ts";
import { type Turn, turned } from "./change.ts";
import type { Hand } from "./waited.ts";

/** Heads that are read before a race is given up. */
const RACES = 10;

export interface Turned {
  readonly manifest: Manifest;
  readonly revision: number;
}

export interface TurnPlan {
  readonly zone: string;
  readonly turn: Turn;
  readonly why: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the head that is found is one to be turned; when somebody was faster, it is asked again. */
  readonly still: (manifest: Manifest) => boolean;
}

/**
 * Turns a rollout, whoever else does: what was swapped, or undefined when there is nothing (more) to turn. Rejects with
 * Refusal for a head that is not to be believed, Conflict when others are faster again and again, and StoreError.
 */
export async function turn(hand: Hand, plan: TurnPlan): Promise<Turned | undefined> {
  for (let left = RACES; ; left--) {
    const { signed, doubt, revision } = await readHead(hand.store, plan.zone, hand.trust);
    if (doubt !== undefined) throw new Refusal(doubt);
    if (signed === undefined || !plan.still(signed.manifest)) return undefined;
    const reason = { at: new Date(plan.now).toISOString(), by: hand.by, why: plan.why };
    const next = turned(signed, plan.turn, reason);
    if (next === undefined) return undefined;
    try {
      const use = { ...hand, signal: new AbortController().signal, progress: () => {} };
      const [swapped] = await publish(
        [{ zone: plan.zone, expected: revision, signed: next, blobs: [], fresh: [], image: undefined }],
        use,
      );
      return { manifest: next.manifest, revision: swapped ?? 0 };
    } catch (error) {
      if (!(error instanceof Conflict) || left === 1) throw error;
    }
  }
}
