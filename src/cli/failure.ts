/** Errors of the verbs that use a store, as one line and an exit code. */

import { BodyError } from "../sync/blob/unpack.ts";
import { ManifestError } from "../sync/manifest/message.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { Conflict, StoreError } from "../sync/store/store.ts";

/** What a pipeline goes by. */
export const Exit = {
  /** Done, or nothing was to be done. */
  DONE: 0,
  /** Errors in zones, a guard, or a question of state: nothing was changed. */
  REFUSED: 1,
  /** The command line or the configuration. */
  USAGE: 2,
  /** Somebody else changed it first: nothing was changed. */
  CONFLICT: 3,
  /** The store can't be reached, does not let us, is not there or is full. */
  STORE: 4,
  /** Published, but not proven on all POPs in time. */
  UNPROVEN: 5,
  /** The rollout went back by itself. */
  WENT_BACK: 6,
} as const;

/** How a verb ends with this error; undefined for one that is a fault of the program. */
export function failureOf(error: unknown): { readonly message: string; readonly code: number } | undefined {
  if (error instanceof Conflict) return { message: error.message, code: Exit.CONFLICT };
  if (error instanceof StoreError) return { message: error.message, code: Exit.STORE };
  if (error instanceof Refusal || error instanceof ManifestError || error instanceof BodyError) {
    return { message: error.message, code: Exit.REFUSED };
  }
  return undefined;
}
