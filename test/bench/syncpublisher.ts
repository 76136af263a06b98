/** Who publishes in the bench's own process, by the very functions that zonecast push is made of. */

import { defaults } from "../../src/config/load.ts";
import { forEach } from "../../src/sync/foreach.ts";
import { Fence } from "../../src/sync/publish/fence.ts";
import { imageOf } from "../../src/sync/publish/live.ts";
import { planZone, type Terms } from "../../src/sync/publish/plan.ts";
import { type Publication, publish } from "../../src/sync/publish/publish.ts";
import type { Store } from "../../src/sync/store/store.ts";
import type { Central } from "./syncstore.ts";

const AT_ONCE = 64;

export interface ZoneFile {
  readonly zone: string;
  readonly text: string;
}

export class BenchPublisher {
  readonly store: Store;
  readonly #central: Central;

  private constructor(central: Central, store: Store) {
    this.#central = central;
    this.store = store;
  }

  static async open(central: Central): Promise<BenchPublisher> {
    return new BenchPublisher(central, await central.open());
  }

  /** Checks, compares and judges zones: all that a push does before it uploads and swaps. */
  async plan(files: readonly ZoneFile[]): Promise<Publication[]> {
    const { store } = this;
    const now = Math.floor(Date.now() / 1000);
    const fence = new Fence(await store.reports());
    const getBlob = (sha256: string) => store.getBlob(sha256);
    const ground = { store, trust: this.#central.trust, fence, getBlob, image: async () => undefined, now };
    const publications: Publication[] = new Array(files.length);
    await forEach(files.entries(), AT_ONCE, async ([i, { zone, text }]) => {
      const image = imageOf(zone, 0, Buffer.from(text), now);
      const plan = await planZone({ zone, image }, ground, terms());
      if (plan.outcome !== "change") throw new Error(`${zone}: ${plan.outcome}`);
      publications[i] = plan.publication;
    });
    return publications;
  }

  /** Uploads and swaps. */
  async publish(publications: readonly Publication[]): Promise<void> {
    const { signer, trust } = this.#central;
    const { signal } = new AbortController();
    await publish(publications, { store: this.store, signer, trust, signal, progress: () => {} });
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

function terms(): Terms {
  return {
    ...{ by: "bench", at: new Date(), why: undefined, policy: "keep", waves: [], shown: 0, shownNew: 0 },
    limits: defaults.publish.guards,
    allow: new Set(),
  };
}
