/** What the contract needs of an announcer's daemon: a real one, of the test's own, that can be ended and started. */

import type { Announcer, AnnouncerSurroundings } from "../../../src/anycast/announcer.ts";
import type { Level } from "../../../src/anycast/level.ts";

export interface Daemon {
  /** Starts it, for the first time or again; resolves when it runs. */
  start(): Promise<void>;
  /** Ends it at once, without a word to anybody. */
  kill(): Promise<void>;
  /** Which prefixes it has from the announcer, and at which level, as their attributes in the daemon say. */
  routes(): Promise<ReadonlyMap<string, Level>>;
  /** How many routes the announcer has announced to the daemon or withdrawn, again and again. */
  activity(): Promise<number>;
  /** Ends it and removes all that it has left. */
  close(): Promise<void>;
}

/** How an announcer is made, in this process or another one: the module exports `makeAnnouncer`. */
export interface Maker {
  /** A file's URL. */
  readonly module: string;
  /** Goes through JSON. */
  readonly options: unknown;
}

/** What the module of a `Maker` exports. */
export interface MakerModule {
  makeAnnouncer(options: unknown, around: AnnouncerSurroundings): Announcer;
}

export interface Fixture {
  /** The program that must be there, such as "bird". */
  readonly needs: string;
  /** Seconds after which routes of a process that hangs are gone. */
  readonly hold: number;
  /** A daemon that has not been started; all of its own, so that tests can run at the same time. */
  daemon(): Promise<Daemon>;
  /** For both prefixes of the contract. */
  maker(daemon: Daemon): Maker;
}

export const PREFIX4 = "198.51.100.0/24";
export const PREFIX6 = "2001:db8:53::/48";
