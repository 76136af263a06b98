/** The program around an announcer: real clocks, and what it was told. */

import type { AnnouncerSurroundings } from "../../../src/anycast/announcer.ts";

export interface Told {
  readonly level: string;
  readonly event: string;
  readonly text: string;
}

export interface TestSurroundings extends AnnouncerSurroundings {
  readonly told: Told[];
  /** How often something has changed. */
  changes: number;
}

export function surroundings(): TestSurroundings {
  return {
    told: [],
    changes: 0,
    changed() {
      this.changes++;
    },
    tell(level, event, _facts, text) {
      this.told.push({ level, event, text });
    },
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
  };
}
