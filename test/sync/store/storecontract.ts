/** What every engine of a store holds. */

import { describe, vi } from "vitest";
import { blobContract } from "./contract/blobs.ts";
import { killContract } from "./contract/kills.ts";
import { listContract } from "./contract/lists.ts";
import { orderContract } from "./contract/orders.ts";
import { raceContract } from "./contract/races.ts";
import { reportOrderContract } from "./contract/reportorder.ts";
import { reportContract } from "./contract/reports.ts";
import { resetContract } from "./contract/resets.ts";
import { swapContract } from "./contract/swaps.ts";
import { watchContract } from "./contract/watches.ts";
import type { EngineTraits, MakeEngine } from "./storeengine.ts";

/** Runs the contract against an engine. Every test has a store of its own. */
export function storeContract(name: string, makeEngine: MakeEngine, traits: EngineTraits): void {
  vi.setConfig({ testTimeout: 60_000 });
  describe(name, () => {
    swapContract(makeEngine);
    watchContract(makeEngine);
    resetContract(makeEngine, traits);
    blobContract(makeEngine);
    listContract(makeEngine);
    reportContract(makeEngine);
    reportOrderContract(makeEngine, traits);
    orderContract(makeEngine, traits);
    raceContract(makeEngine);
    killContract(makeEngine, traits);
  });
}
