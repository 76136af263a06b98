/** An announcer over FRR, from options that have gone through JSON. */

import type { AnnouncerSurroundings } from "../../../src/anycast/announcer.ts";
import { frrAnnouncer } from "../../../src/anycast/frr/announcer.ts";
import type { LeasedAnnouncer } from "../../../src/anycast/lease/leased.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { prefixOf } from "../announcer/wanted.ts";

export interface FrrSettings {
  readonly vtysh: readonly string[];
  readonly hold: number;
}

export function makeAnnouncer(settings: FrrSettings, around: AnnouncerSurroundings): LeasedAnnouncer {
  return frrAnnouncer({ ...settings, prefixes: [PREFIX4, PREFIX6].map(prefixOf) }, around);
}
