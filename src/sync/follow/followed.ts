/** A zone as a POP follows it. */

import type { Problem } from "../../zone/problem.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Signed } from "../manifest/message.ts";
import type { Entry } from "../store/store.ts";
import type { Ticket } from "./waterline.ts";

/** A manifest that was seen: enough to know it again. */
export interface Seen {
  readonly id: number;
  /** In the store that is followed now; 0 when it was another one that told of it. */
  readonly revision: number;
  /** Of the message's octets: see markOf. */
  readonly mark: string;
}

/** A version on its way to being served. */
export interface Work {
  readonly entry: Entry;
  readonly mark: string;
  readonly signed: Signed;
  readonly version: Version;
  /** When its manifest came: milliseconds since 1970, and by the clock that never jumps. */
  readonly received: number;
  readonly since: number;
  /** It comes from the store just now, not from the copy: a receipt is due. */
  readonly fresh: boolean;
  /** What is done once this is served or refused. */
  readonly tickets: Ticket[];
}

export interface RefusedManifest extends Seen {
  readonly why: string;
  /** The store could not give its text: it may be able to when it is asked again much later. */
  readonly unfetched: boolean;
}

export interface Followed {
  readonly zone: string;
  /** The manifest that was taken last: the fence. Undefined while the first one is on its way, or refused. */
  taken: Seen | undefined;
  /** What is served. */
  version: Version | undefined;
  image: SharedArrayBuffer | undefined;
  /** When it began to be served, in milliseconds since 1970. */
  at: number;
  problems: readonly Problem[];
  /** The manifest that was taken has a rollout. */
  rollout: boolean;
  work: Work | undefined;
  /** What the copy had, while a newer manifest is dealt with before it could be served. */
  fallback: Work | undefined;
  refused: RefusedManifest | undefined;
  /** A signed removal was taken that is not confirmed yet, or that was carried out. */
  removal: "no" | "doubt" | "done";
  /** The store has it no more, without a signed removal. */
  missing: boolean;
  /** The last look at all heads that has found it. */
  round: number;
  /** The copy on disk has what was taken. */
  kept: boolean;
}

/** A zone that nothing is known of. */
export function unknown(zone: string): Followed {
  return {
    zone,
    taken: undefined,
    version: undefined,
    image: undefined,
    at: 0,
    problems: [],
    rollout: false,
    work: undefined,
    fallback: undefined,
    refused: undefined,
    removal: "no",
    missing: false,
    round: 0,
    kept: false,
  };
}
