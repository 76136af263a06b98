/** The announcer over BIRD's control socket. */

import type { Prefix } from "../../text/prefix.ts";
import type { AnnouncerSurroundings } from "../announcer.ts";
import { type LeasedAnnouncer, leasedAnnouncer } from "../lease/leased.ts";
import { birdDaemon } from "./daemon.ts";

export interface BirdOptions {
  /** The path of BIRD's control socket. */
  readonly socket: string;
  /** Milliseconds after which the routes are gone when this process is silent. */
  readonly hold: number;
  readonly prefixes: readonly Prefix[];
}

/** "birdc configure" turns off what was turned on by command: that is how long a prefix may be gone by it. */
const EVERY = 250;

/** Announces through BIRD; bird.conf has the protocols (deploy/bird/socket.conf). */
export function birdAnnouncer(options: BirdOptions, surroundings: AnnouncerSurroundings): LeasedAnnouncer {
  const { socket, hold, prefixes } = options;
  // A try costs a system call: BIRD is told soon after it is back.
  const retry = { first: 250, most: 5000 };
  const orders = { hold, way: { by: "bird", socket } } as const;
  return leasedAnnouncer(birdDaemon(socket), orders, { prefixes, every: EVERY, retry }, surroundings);
}
