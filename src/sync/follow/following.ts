/** What a follower needs of the server around it, and what it gives. */

import type { Problem } from "../../zone/problem.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Ordered } from "../report.ts";
import type { ServiceStanding } from "../standing.ts";
import type { Vitals } from "../vitals.ts";

/** A version whose text is here, to be made an image of, away from the threads that answer. */
export interface CompileWork {
  readonly zone: string;
  readonly version: Version;
  /** blob/unpack.ts: the thread that compiles decompresses and verifies them. */
  readonly pieces: readonly Uint8Array[];
  /** What is served now: the new version is held against it once more. */
  readonly before: SharedArrayBuffer | undefined;
}

export interface Compiled {
  /** Undefined when the zone is refused. */
  readonly image: SharedArrayBuffer | undefined;
  readonly problems: readonly Problem[];
  /** Why it is refused, as a sentence. */
  readonly why: string | undefined;
  /** It stood ready in the state directory; no text was parsed. */
  readonly from: "text" | "image";
}

/** A zone to be served from now on, or no longer (no image). */
export interface ZoneSwap {
  readonly zone: string;
  readonly image: SharedArrayBuffer | undefined;
}

/** What the follower asks of the server. */
export interface Surroundings {
  /** Makes an image. Small zones do not wait for large ones. Never rejects. */
  compile(work: CompileWork): Promise<Compiled>;
  /** An image that an earlier run has left of this very text; undefined when there is none. */
  stored(zone: string, version: Version): Compiled | undefined;
  /** Serves these; resolves when every thread answers from them. */
  serve(swaps: readonly ZoneSwap[]): Promise<void>;
  /** Events for the log: what happened, in the words of an operator. */
  tell(level: "info" | "warn" | "error", event: string, facts: Readonly<Record<string, unknown>>, text: string): void;
  /** Milliseconds since 1970, and from any start that never jumps. */
  now(): number;
  monotonic(): number;
  /** From 0 to 1. */
  random(): number;
}

/** What a POP's report says of the server that it is in. */
export interface PopFacts {
  /** Of zonecast. */
  readonly release: string;
  /** ADDR@PORT where this POP can be asked for proof. */
  readonly ask: readonly string[];
  ready(): boolean;
  /** It holds a route; without a section anycast, it is ready. */
  announcing(): boolean;
  /** How it stands with its services; none without a section anycast. */
  standings(): readonly ServiceStanding[];
  /** Another process speaks for this POP yet, whose place this one is to take: no reports are sent. */
  muted?(): boolean;
  /** What became of the last order. */
  ordered(): Ordered | undefined;
  /** What was counted of a zone since the server started; undefined when it is not counted. */
  counts(zone: string): CountsNow | undefined;
  /** How the server is doing. */
  vitals?(): Vitals;
}

/** Counters of a zone as they stand. */
export interface CountsNow {
  readonly queries: number;
  readonly nxdomain: number;
  readonly servfail: number;
  readonly refused: number;
}
