/**
 * What an announcer leaves to that of the process which takes this one's place, so that routers never see a change.
 *
 * With BGP it is the session itself: the descriptor of its connection, and how far the conversation has come. The other way
 * would be a graceful restart (RFC 4724), in which the router keeps the routes of a session that has ended. It needs the
 * router's consent, which many do not give, and operators are right to keep it off towards a POP: it would hold the routes of
 * one that is dead just as well, and an announcement is to be a lease. TCP MD5 and TTL security are properties of the
 * connection, and go with it. With BIRD's socket and FRR, routes are in the daemon: what changes is only the guard.
 */

import type { Prefix } from "../text/prefix.ts";
import type { Wanted } from "./announcer.ts";
import type { Level } from "./level.ts";

/** Goes through JSON. */
export interface Legacy {
  readonly by: "bgp" | "bird" | "frr";
  /** What was wanted: PREFIX → level. */
  readonly wanted: Readonly<Record<string, Level>>;
  readonly peers: readonly PeerLegacy[];
}

export interface PeerLegacy {
  /** As in Peer. */
  readonly name: string;
  /** Digest of what the session was made with: to make it otherwise, another one is needed. */
  readonly terms: string;
  /** Which of the descriptors is its connection; undefined where there is none. */
  readonly descriptor: number | undefined;
  /** For the announcer of the same kind. */
  readonly state: unknown;
}

/** What stands still, and is to be had. */
export interface Bequest {
  readonly legacy: Legacy;
  /** They stay open until one of the two is called. */
  readonly descriptors: readonly number[];
  /** Another process has these peers, by name: they are let go of without a word, the others are left in good order. */
  left(taken: readonly string[]): Promise<void>;
  /** Nobody has: goes on as before. */
  kept(): void;
}

/** What can be taken on of a legacy. Nothing is done with it before `accept`. */
export interface Inheritance {
  /** Names of peers. */
  readonly taken: readonly string[];
  /** Those that can't be taken on, and why, as a sentence. */
  readonly refused: readonly { readonly peer: string; readonly why: string }[];
  /** It is ours now: goes on with what is taken, and starts the rest anew; wants what was wanted until told otherwise. */
  accept(): void;
  /** It is not. */
  decline(): void;
}

/** What is wanted, as a legacy has it. */
export function levelsOf(wanted: readonly Wanted[]): Legacy["wanted"] {
  return Object.fromEntries(wanted.map(({ prefix, level }) => [prefix.text, level]));
}

/** What a legacy wants of these prefixes; others are no longer ours. */
export function wantedFrom(levels: Legacy["wanted"], prefixes: readonly Prefix[]): Wanted[] {
  return prefixes.map((prefix) => ({ prefix, level: levels[prefix.text] ?? "off" }));
}
