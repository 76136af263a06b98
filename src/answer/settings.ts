/** What an answering thread is told about itself, and tells in the OPT of its answers. */

import type { Acl } from "./acl.ts";
import type { ServerCookies } from "./cookie.ts";
import type { RateLimiter } from "./ratelimit/limiter.ts";

export interface AnswerSettings {
  /** The UDP payload we can take, in octets. */
  readonly payload: number;
  /** Octets of a datagram to a client whose address no cookie proves; undefined for as many as to anybody. */
  readonly unverified?: number | undefined;
  /** The POP's identity, for NSID (RFC 5001). */
  readonly identity: Uint8Array;
  readonly cookies: ServerCookies | undefined;
  /** Idle seconds of a stream, for keepalive (RFC 7828). */
  readonly idle: number;
  /** Who is not answered, and whether they get REFUSED or nothing; nobody is denied without it. */
  readonly acl?: Acl | undefined;
  readonly dropsDenied?: boolean | undefined;
  /** For replies over UDP; without it, nothing is limited. */
  readonly limiter?: RateLimiter | undefined;
}
