/** A BGP speaker from options that have gone through JSON. */

import type { AnnouncerSurroundings } from "../../../src/anycast/announcer.ts";
import { Speaker, type SpeakerOptions } from "../../../src/anycast/bgp/speaker.ts";
import type { LevelAttributes } from "../../../src/anycast/level.ts";
import { openConnections } from "../../../src/server/routes/dial.ts";
import { PREFIX4, PREFIX6 } from "./fixture.ts";
import { prefixOf } from "./wanted.ts";

export const AS = 64500;
export const ATTRIBUTES: LevelAttributes = {
  up: { communities: [], largeCommunities: [], med: undefined, prepends: 0 },
  reserve: { communities: [], largeCommunities: [[AS, 1, 2]], med: 100, prepends: 2 },
  draining: { communities: [0xffff0000], largeCommunities: [], med: 200, prepends: 3 },
};

const connections = await openConnections([]);

/** What tests differ in. */
export interface Settings extends Partial<Omit<SpeakerOptions, "prefixes" | "neighbours">> {
  readonly port: number;
  readonly neighbourAs?: number;
  readonly nextHops?: readonly string[];
}

export function speakerOptions(settings: Settings): SpeakerOptions {
  const { port, neighbourAs = AS, nextHops = [], ...more } = settings;
  const at = { address: "127.0.0.1", port };
  return {
    as: AS,
    routerId: "192.0.2.1",
    hold: 3,
    neighbours: [{ at, as: neighbourAs, password: undefined, hops: 0, nextHops }],
    attributes: ATTRIBUTES,
    prefixes: [PREFIX4, PREFIX6].map(prefixOf),
    ...more,
  };
}

export function makeAnnouncer(settings: Settings, around: AnnouncerSurroundings): Speaker {
  return new Speaker(speakerOptions(settings), {
    changed: () => around.changed(),
    tell: (level, event, facts, text) => around.tell(level, event, facts, text),
    now: () => around.now(),
    monotonic: () => around.monotonic(),
    random: () => around.random(),
    ...connections,
  });
}
