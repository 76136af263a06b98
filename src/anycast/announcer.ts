/**
 * What tells routers which prefixes are here. The announcement is a lease: whoever implements this sees to it that all
 * routes are gone within the hold time when this process dies, hangs or is stopped, without anybody's help.
 */

import type { Prefix } from "../text/prefix.ts";
import type { Bequest, Inheritance, Legacy } from "./legacy.ts";
import type { Level } from "./level.ts";

/** A prefix, and how it is to be announced. */
export interface Wanted {
  readonly prefix: Prefix;
  readonly level: Level;
}

/** A router, or a daemon that stands for it. */
export interface Peer {
  /** ADDR@PORT, or the path of a socket. */
  readonly name: string;
  /** "up": it takes what it is told. */
  readonly state: "connecting" | "up" | "down";
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Why it is down, as a sentence that says what to do. */
  readonly why: string | undefined;
  /** How often a session was tried in vain since it was last up. */
  readonly tries: number;
  /** What it has been told, and has not refused. */
  readonly announced: readonly Wanted[];
}

export interface Announcer {
  /** Connects, and announces nothing yet. Never rejects: what is not there is tried again, less and less often, at last every 30 s, or 5 s on this machine. */
  start(): void;
  /**
   * What is to be announced from now on, all of it: a prefix that is not named is off. Nothing is sent that has not
   * changed; each prefix changes by itself. What can't be sent now is sent when the session is up.
   */
  want(all: readonly Wanted[]): void;
  /** Peers as they are. */
  readonly peers: readonly Peer[];
  /** True when a path of somebody else's to this prefix has come from a peer, false when peers would tell of one and have none; undefined when they don't tell. */
  heard(prefix: Prefix): boolean | undefined;
  /** Gets ready for `inherit` what takes time, while another process announces. Nothing is touched. Never rejects. */
  prepare(): Promise<void>;
  /** What another process has left, in the place of `start`. `descriptors`: those that the legacy counts on, as far as they have come. */
  inherit(legacy: Legacy, descriptors: readonly number[]): Inheritance;
  /** Stands still, so that another process can take over. Never rejects. */
  bequeath(): Promise<Bequest>;
  /** Withdraws everything, ends the sessions in good order (RFC 4271 §6.7 Cease, administrative shutdown), within a second. Never rejects. */
  close(): Promise<void>;
}

/** What an announcer needs of the program around it. */
export interface AnnouncerSurroundings {
  /** Peers or what was heard have changed. */
  changed(): void;
  tell(level: "info" | "warn" | "error", event: string, facts: Readonly<Record<string, unknown>>, text: string): void;
  /** Milliseconds since 1970, and from any start that never jumps. */
  now(): number;
  monotonic(): number;
  /** From 0 to 1. */
  random(): number;
}
