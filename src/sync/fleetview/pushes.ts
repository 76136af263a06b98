/** The last manifests that brought versions to POPs: what a timeline shows. */

import type { ZoneHead } from "./heads.ts";

const PUSHES_MOST = 30;
/** Pauses and resumptions bring nothing, and of a removal there is no receipt. */
const BRINGS: readonly string[] = ["push", "rollback", "promote", "abort"];

export class Pushes {
  #heads: ZoneHead[] = [];

  take(head: ZoneHead): void {
    if (!BRINGS.includes(head.manifest.action)) return;
    this.#heads.push(head);
    if (this.#heads.length > 8 * PUSHES_MOST) this.newest();
  }

  clear(): void {
    this.#heads = [];
  }

  /** The newest first: sorted only now, as the heads of a store that is read for the first time come in no order. */
  newest(): readonly ZoneHead[] {
    this.#heads.sort((a, b) => b.revision - a.revision);
    this.#heads.length = Math.min(this.#heads.length, PUSHES_MOST);
    return this.#heads;
  }
}
