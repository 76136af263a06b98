/** A routing daemon that is told what to announce over a door of its own, and goes on announcing it when we are gone. */

import type { Prefix } from "../../text/prefix.ts";
import type { Level } from "../level.ts";

/** A sentence that says what is wrong with the daemon, or with the way to it, and what to do. */
export class DaemonTrouble extends Error {
  /** Nobody is there: no route of ours is held. */
  readonly absent: boolean;

  constructor(sentence: string, absent = false) {
    super(sentence);
    this.absent = absent;
  }
}

/** A route of ours that the daemon has: a prefix may have two of them for a moment, at two levels. */
export interface Held {
  /** As in Prefix. */
  readonly prefix: string;
  readonly level: Exclude<Level, "off">;
}

/** A route to be turned on or off. */
export interface Step extends Held {
  readonly on: boolean;
}

/** How things are with the daemon. */
export interface Seen {
  readonly held: readonly Held[];
  /** Prefixes, and whether somebody else's path to them is there; those of which nobody would tell are left out. */
  readonly heard: ReadonlyMap<string, boolean>;
  /** What its configuration lacks, as sentences. */
  readonly lacks: readonly string[];
}

export interface Daemon {
  /** A path, or a command. */
  readonly name: string;
  /** How things are; connects when that is needed. Throws DaemonTrouble. */
  look(prefixes: readonly Prefix[]): Promise<Seen>;
  /** Takes the steps in their order; gives sentences for those that could not be taken. Throws DaemonTrouble. */
  change(steps: readonly Step[]): Promise<readonly string[]>;
  /** Called when the daemon has gone away while nothing was asked of it. */
  onGone(gone: (trouble: DaemonTrouble) => void): void;
  /** Ends the connection. */
  end(): void;
}
