/** What the answering core needs to know of who asks. Transports make one and reuse it. */

export interface Client {
  /** TCP or TLS: no truncation, and the address is proven. */
  readonly stream: boolean;
  readonly encrypted: boolean;
  /** Its address: 4 or 16 octets. Asked for only when a cookie needs it. */
  address(): Uint8Array;
  /** Seconds since 1970, for cookies. */
  seconds(): number;
}
