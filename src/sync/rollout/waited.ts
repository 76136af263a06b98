/** What is waited for after a swap, what is told meanwhile, and what came of it. */

import type { Signer, Trust } from "../manifest/keys.ts";
import { type Manifest, newestOf } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Limits } from "./judge.ts";
import type { Ask } from "./proof.ts";

/** A zone that was swapped. */
export interface Published {
  readonly zone: string;
  /** 0 for a removal. */
  readonly version: number;
  /** Of its manifest, and the revision that the swap gave it. */
  readonly id: number;
  readonly revision: number;
  /** Undefined for a removal: a POP proves it by refusing to answer for the zone. */
  readonly serial: number | undefined;
  /** Its manifest has a rollout: not all POPs get it at once. */
  readonly rollout: boolean;
}

/** A zone whose head is this manifest, to be waited for. */
export function publishedOf(manifest: Manifest, revision: number): Published {
  const { zone, id, rollout } = manifest;
  const version = newestOf(manifest);
  const which = { version: version?.version ?? 0, serial: version?.serial };
  return { zone, id, revision, ...which, rollout: rollout !== undefined };
}

/** Zones that POPs of the same groups are to serve by now. */
export interface Due {
  readonly zones: readonly Published[];
  /** The highest of their revisions. */
  readonly revision: number;
  /** The ids of their manifests. */
  readonly ids: ReadonlyMap<string, number>;
}

export interface Clock {
  /** Milliseconds since 1970, and from any start that never jumps. */
  now(): number;
  monotonic(): number;
}

/** Who changes manifests while waiting, to bring rollouts on. */
export interface Hand {
  readonly store: Store;
  readonly signer: Signer;
  readonly trust: Trust;
  readonly by: string;
}

export interface WaitPlan {
  readonly store: Store;
  readonly published: readonly Published[];
  /** Milliseconds that POPs have; while a rollout is under way it has its own times, and these begin when it is done. */
  readonly timeout: number;
  /** clock.monotonic() when the swap was sent: what propagation is measured from. Now, if it is not said. */
  readonly since?: number;
  readonly clock: Clock;
  /** Tells how it goes; called often, never waited for. */
  tell(event: WaitEvent): void;
  /** Asks a POP: proof.ts. */
  readonly ask: Ask;
  /** Who conducts the rollouts of these zones meanwhile; needed when one of them has one. */
  readonly conduct?: { readonly hand: Hand; readonly limits: Limits };
  /** A line for each zone's ledger at the end, in this name; none without. */
  readonly ledger?: string;
  /** Ends the waiting early: the outcome is then "late". */
  readonly signal?: AbortSignal;
}

/**
 * How a POP stands.
 *
 *   proven     it answers with the new version itself
 *   waiting    not yet
 *   refuses    it said so, with why
 *   silent     not heard for three of its reports, and it does not answer either: not waited for
 *   withdrawn  it is ready and does not announce: not waited for
 *   starting   it is heard, and not ready: waited for for some seconds
 *   later      a rollout has not reached it: not waited for until it has
 */
export type Standing = "proven" | "waiting" | "refuses" | "silent" | "withdrawn" | "starting" | "later";

/** A POP at one moment. */
export interface PopStanding {
  readonly pop: string;
  readonly standing: Standing;
  /** Why it is not proven, as the end of a sentence; empty for one that is. */
  readonly why: string;
  /** Milliseconds from the swap until it was proven, by the waiter's clock. */
  readonly ms: number | undefined;
}

export type WaitEvent =
  /** A POP stands otherwise than before. `proven` of `of` that are waited for. */
  | { readonly say: "pop"; readonly pop: PopStanding; readonly proven: number; readonly of: number }
  /** A rollout went a step, or waits; `text` is a sentence. */
  | { readonly say: "rollout"; readonly zone: string; readonly text: string }
  /** The store was lost, or is back; waiting goes on. */
  | { readonly say: "store"; readonly text: string };

/** Milliseconds from the swap until POPs were proven; undefined when none was. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Waited {
  /** "late": not all in time (exit code 5). "back": a rollout went back by itself or was aborted (6). */
  readonly outcome: "proven" | "late" | "back";
  /** What there is to say of it, as a sentence. */
  readonly text: string;
  /** By name. */
  readonly pops: readonly PopStanding[];
  readonly spread: Spread | undefined;
}
