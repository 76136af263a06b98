/** An announcer over BIRD's control socket, from options that have gone through JSON. */

import type { AnnouncerSurroundings } from "../../../src/anycast/announcer.ts";
import { birdAnnouncer } from "../../../src/anycast/bird/announcer.ts";
import type { LeasedAnnouncer } from "../../../src/anycast/lease/leased.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { prefixOf } from "../announcer/wanted.ts";

export interface BirdSettings {
  readonly socket: string;
  readonly hold: number;
}

export function makeAnnouncer(settings: BirdSettings, around: AnnouncerSurroundings): LeasedAnnouncer {
  return birdAnnouncer({ ...settings, prefixes: [PREFIX4, PREFIX6].map(prefixOf) }, around);
}
