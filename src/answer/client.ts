/** What the answering core needs to know of who asks. Transports make one and reuse it. */

import type { Listen } from "../text/listen.ts";

export interface Client {
  /** TCP or TLS: no truncation, and the address is proven. */
  readonly stream: boolean;
  readonly encrypted: boolean;
  /** Its address: 4 or 16 octets. Asked for only when a cookie or a rate limit needs it. */
  address(): Uint8Array;
  /** Seconds since 1970, for cookies. */
  seconds(): number;
  /** When its query was taken: milliseconds of a clock that never jumps and is the same for all threads; for rate limits. */
  readonly taken?: number;
  /** Its port, and which of the server's addresses it asked, as the transport was given it: for taps (tapped.ts) alone. */
  port?(): number;
  readonly asked?: Listen;
}
