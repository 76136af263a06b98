/** What every UDP transport is told, whatever it reads with. */

import type { Counters } from "../answer/counters.ts";
import type { Listen } from "../text/listen.ts";

export interface DatagramOptions {
  /** All of the server's addresses. */
  readonly own: readonly Listen[];
  /** Others bind the same addresses (SO_REUSEPORT). */
  readonly shared: boolean;
  /** No other may have bound them yet: a second server on the port is an error, shared or not. */
  readonly alone?: boolean;
  readonly counters?: Counters;
}
