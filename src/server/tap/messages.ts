/** What the main thread and the one that writes what is tapped say to each other. */

import type { TapSource } from "../../tap/dnstap.ts";

export type TapOutputName = "querylog" | "dnstap";

/** What the thread is made with. */
export interface TapStart {
  readonly source: TapSource;
  /** Where lines go, as configured; none without it. */
  readonly querylog: string | undefined;
  /** The socket of a dnstap reader; none without it. */
  readonly dnstap: string | undefined;
  /** What becomes of records (tap/backlog.ts): outlives the thread. */
  readonly counts: Readonly<Record<TapOutputName, SharedArrayBuffer>>;
}

export type ToTap = { readonly say: "ring"; readonly ring: SharedArrayBuffer } | { readonly say: "close" };

export type FromTap =
  /** An output takes nothing, or does again. */
  | { readonly say: "trouble"; readonly output: TapOutputName; readonly why: string | undefined }
  /** The end; not whole when the system holds a write that nobody knows the end of. */
  | { readonly say: "closed"; readonly whole: boolean };
