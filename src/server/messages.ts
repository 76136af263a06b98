/** What the threads say to each other. */

import type { AclTable } from "../answer/acl.ts";
import type { LimitSetup } from "../answer/ratelimit/limiter.ts";
import type { Version } from "../sync/manifest/manifest.ts";
import type { Listen } from "../text/listen.ts";
import type { HandshakeLimits } from "../transport/handshakes.ts";
import type { TcpLimits } from "../transport/tcp.ts";
import type { GuardLimits } from "../zone/delta/finding.ts";
import type { Problem } from "../zone/problem.ts";
import type { Refusal } from "./imagefile.ts";
import type { TapSetup } from "./tap/setup.ts";
import type { ThreadKind } from "./threadstanding.ts";
import type { Certificate } from "./tls/certificate.ts";
import type { HeldCertificate } from "./tls/keeper.ts";

/** What an answering thread is made with. */
export interface AnswerSetup {
  readonly kind: ThreadKind;
  /** How UDP is to be read. */
  readonly transport: "auto" | "batch" | "dgram";
  readonly listen: readonly Listen[];
  /** Other threads bind the same UDP addresses. */
  readonly shared: boolean;
  /** No other may have bound them yet. */
  readonly alone: boolean;
  readonly identity: string;
  readonly version: string | undefined;
  readonly payload: number;
  /** Milliseconds after which a query over UDP that waits behind others is not answered; 0 is never. */
  readonly stale?: number | undefined;
  /** Whether there is a gate for floods (transport/gate/gate.ts). */
  readonly gate?: boolean | undefined;
  readonly unverified?: number | undefined;
  /** Empty when cookies are off. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly tcp: TcpLimits;
  /** Who is denied, and whether they get nothing instead of REFUSED; undefined when nobody is. */
  readonly acl?: { readonly table: AclTable; readonly drops: boolean } | undefined;
  /** By what replies over UDP are limited, if they are; shared by all threads. */
  readonly limits?: LimitSetup | undefined;
  /** Of the thread that answers over TLS. */
  readonly tls?: TlsSetup;
  /** The thread's counts (answer/counters.ts), and those of each zone (answer/zonecounts.ts). */
  readonly counts: SharedArrayBuffer;
  readonly zoneCounts: SharedArrayBuffer;
  /** Tells of messages (mailbox.ts). */
  readonly generation: SharedArrayBuffer;
  /** Shows that it is alive (pulse.ts). */
  readonly pulse: SharedArrayBuffer;
  /** What it copies of its queries, if anything. */
  readonly tap?: TapSetup | undefined;
}

/** What it takes to talk TLS; `tcp` has its connections' limits. */
export interface TlsSetup {
  /** What is held now is what a thread shows that starts now. */
  readonly held: HeldCertificate;
  readonly handshakes: HandshakeLimits;
  /** All addresses of this server, as taps number them. */
  readonly numbered: readonly Listen[];
}

/** A thread binds when it has taken all up to this number: one in the place of another has what that one had. */
export interface AnswerStart extends AnswerSetup {
  readonly first: number;
}

/** What a thread reads with, and for UDP why that. */
export interface Bound {
  readonly transport: "batch" | "dgram" | "tcp" | "tls";
  readonly why: string;
  /** Sockets that Node does not know of: whoever outlives the thread has to close them. */
  readonly descriptors: readonly number[];
}

/** A zone to serve: no image means that it has never loaded, no longer held that it is served no more. */
export interface ZoneUpdate {
  readonly apex: Uint8Array;
  readonly image: SharedArrayBuffer | undefined;
  readonly held: boolean;
}

/** A zone as the threads get it, with its row of counts (answer/zonecounts.ts). */
export interface ServedZone extends ZoneUpdate {
  readonly row: number;
}

/** Which of two processes goes on, by the order in which they came to an address. */
export type Heritage = 0 | 1;

/** To an answering thread. */
export type ToAnswer =
  /** The number comes back in "taken". */
  | {
      readonly say: "zones";
      readonly number: number;
      readonly updates: readonly ServedZone[];
      readonly complete: boolean;
    }
  /** Others have the same addresses and go on: what comes is left to them, and what has come is answered. `to`: who that is. */
  | { readonly say: "leave"; readonly to: Heritage }
  /** Those who had the addresses before are gone. */
  | { readonly say: "settle" }
  /** To be shown to those who come over TLS from now on. */
  | { readonly say: "certificate"; readonly certificate: Certificate }
  | { readonly say: "stop" };

/** From an answering thread. */
export type FromAnswer =
  | ({ readonly say: "bound" } & Bound)
  /** It answers from all that it was given up to this number. */
  | { readonly say: "taken"; readonly number: number }
  /** The transport that was asked for does not work here. */
  | { readonly say: "unable"; readonly why: string }
  | { readonly say: "failed"; readonly listen: Listen; readonly protocol: string; readonly code: string }
  /** Our own code threw at a query, given in hex. */
  | { readonly say: "fault"; readonly stack: string; readonly query: string }
  /** Nothing new comes any more. */
  | { readonly say: "left" }
  | { readonly say: "stopped" };

/** A zone to make an image of. */
export type Job = FileJob | TextJob;

/** From a file, and what it includes. */
export interface FileJob {
  readonly file: string;
  /** $INCLUDE may not lead out of this directory. */
  readonly root: string;
  /** The zone's name as configured, and as the file's name tells it; in wire form. */
  readonly apex: Uint8Array | undefined;
  readonly origin: Uint8Array | undefined;
}

/** From a version in the store, whose text is here, in pieces (sync/blob/unpack.ts). */
export interface TextJob {
  readonly zone: string;
  readonly version: Version;
  readonly pieces: readonly Uint8Array[];
  /** What the version was judged against when it was published, if that is what is served: it is judged once more. */
  readonly before: SharedArrayBuffer | undefined;
  readonly limits: PopLimits;
}

/** By what a POP's own guard goes (zone/delta/popguard.ts). */
export type PopLimits = Pick<GuardLimits, "shrink">;

/** What any job gives. */
export interface JobResult {
  /** Undefined when the zone is refused. */
  readonly image: SharedArrayBuffer | undefined;
  readonly problems: readonly Problem[];
  readonly milliseconds: number;
  readonly from: "text" | "image";
}

export interface FileResult extends JobResult {
  readonly file: string;
  readonly apex: Uint8Array | undefined;
  readonly errors: number;
  /** Each file that was read, with what told its state before it was read. */
  readonly signatures: ReadonlyMap<string, string>;
  /** An image that was not taken. */
  readonly discarded: Refusal | undefined;
}

export interface TextResult extends JobResult {
  /** Why it is refused, as a sentence. */
  readonly why: string | undefined;
}

/** What a compile thread is made with. */
export interface CompilerSetup {
  /** The folder to write compiled zones to; none are kept without it. */
  readonly images: string | undefined;
}

/** To a compile thread. */
export interface ToCompiler {
  readonly jobs: readonly Job[];
  /** Answers come first: there are zones to answer for already. */
  readonly yields: boolean;
}

/** From a compile thread. */
export type FromCompiler =
  /** In the order of the jobs. */
  | { readonly say: "results"; readonly results: readonly JobResult[] }
  /** All is loaded, and all that is to be kept has been written, or why not. */
  | { readonly say: "idle"; readonly written: number; readonly unwritable: string | undefined };
