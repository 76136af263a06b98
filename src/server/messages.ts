/** What the threads say to each other. */

import type { Listen } from "../text/listen.ts";
import type { TcpLimits } from "../transport/tcp.ts";
import type { Problem } from "../zone/problem.ts";
import type { Refusal } from "./imagefile.ts";

/** What an answering thread is made with. */
export interface AnswerSetup {
  readonly kind: "udp" | "tcp";
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
  /** Empty when cookies are off. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly tcp: TcpLimits;
  /** The thread's counts (answer/counters.ts). */
  readonly counts: SharedArrayBuffer;
  /** Tells of messages (mailbox.ts). */
  readonly generation: SharedArrayBuffer;
}

/** What a thread reads with, and for UDP why that. */
export interface Bound {
  readonly transport: "batch" | "dgram" | "tcp";
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

/** To an answering thread. */
export type ToAnswer =
  | { readonly say: "zones"; readonly updates: readonly ZoneUpdate[]; readonly complete: boolean }
  | { readonly say: "stop" };

/** From an answering thread. */
export type FromAnswer =
  | ({ readonly say: "bound" } & Bound)
  /** The transport that was asked for does not work here. */
  | { readonly say: "unable"; readonly why: string }
  | { readonly say: "failed"; readonly listen: Listen; readonly protocol: string; readonly code: string }
  /** Our own code threw at a query, given in hex. */
  | { readonly say: "fault"; readonly stack: string; readonly query: string }
  | { readonly say: "stopped" };

/** A file to load. */
export interface Job {
  readonly file: string;
  /** $INCLUDE may not lead out of this directory. */
  readonly root: string;
  /** The zone's name as configured, and as the file's name tells it; in wire form. */
  readonly apex: Uint8Array | undefined;
  readonly origin: Uint8Array | undefined;
}

export interface JobResult {
  readonly file: string;
  readonly apex: Uint8Array | undefined;
  readonly image: SharedArrayBuffer | undefined;
  readonly problems: readonly Problem[];
  readonly errors: number;
  /** Each file that was read, with what told its state before it was read. */
  readonly signatures: ReadonlyMap<string, string>;
  readonly milliseconds: number;
  readonly from: "text" | "image";
  /** An image that was not taken. */
  readonly discarded: Refusal | undefined;
}

/** What the compile thread is made with. */
export interface CompilerSetup {
  /** No thread has compiled before this one. */
  readonly first: boolean;
  /** The folder to write compiled zones to; none are kept without it. */
  readonly images: string | undefined;
}

/** From the compile thread. */
export type FromCompiler =
  | { readonly say: "results"; readonly results: readonly JobResult[] }
  /** All is loaded, and all that is to be kept has been written, or why not. */
  | { readonly say: "idle"; readonly written: number; readonly unwritable: string | undefined };
