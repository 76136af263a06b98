/**
 * Server cookies that any POP of the fleet can check (RFC 7873, RFC 9018 §4): version, reserved, time, and SipHash-2-4
 * over them, the client cookie and the client's address.
 *
 * Secrets are staged (RFC 9018 §5): the first one makes cookies, every one checks them.
 */

import { readU32, writeU32 } from "../wire/header.ts";
import { type SipHash, sipHash } from "../wire/siphash.ts";

/** Octets of a client's cookie, and of a server's. */
export const CLIENT = 8;
const SERVER = 16;
/** Client and server cookie as we make it. */
export const COOKIE_LENGTH: number = CLIENT + SERVER;
/** RFC 9018 §4.3: a cookie is good for an hour, and five minutes ahead of our clock; after half an hour, a new one. */
const MAX_AGE = 3600;
const MAX_AHEAD = 300;
const RENEW_AGE = 1800;

export class ServerCookies {
  readonly #secrets: readonly SipHash[];
  readonly #input = new Uint8Array(CLIENT + 8 + 16);
  readonly #hash = new Uint8Array(8);

  /** Takes secrets of 16 octets, the one that makes cookies first. */
  constructor(secrets: readonly Uint8Array[]) {
    this.#secrets = secrets.map(sipHash);
  }

  /**
   * True when query[at, at + length) is a client cookie with a server cookie that one of our secrets made, for that
   * address and time.
   */
  valid(query: Uint8Array, at: number, length: number, address: Uint8Array, now: number): boolean {
    return this.#maker(query, at, length, address, now) >= 0;
  }

  /** The number of the secret that made a cookie which is still good; -1 for any other cookie. */
  #maker(query: Uint8Array, at: number, length: number, address: Uint8Array, now: number): number {
    if (length !== COOKIE_LENGTH || query[at + CLIENT] !== 1) return -1;
    const age = (now - readU32(query, at + CLIENT + 4)) | 0;
    if (age > MAX_AGE || age < -MAX_AHEAD) return -1;
    for (let i = 0; i < CLIENT + 8; i++) this.#input[i] = query[at + i];
    for (let secret = 0; secret < this.#secrets.length; secret++) {
      this.#digest(this.#secrets[secret], address);
      if (this.#matches(query, at + CLIENT + 8)) return secret;
    }
    return -1;
  }

  /**
   * Writes the client cookie at query[at] and a server cookie for it to out[to]. A young one by the first secret is
   * kept; one by another secret is made anew, so that the old secret goes out of use. True when the one that came is good.
   */
  write(
    query: Uint8Array,
    at: number,
    length: number,
    address: Uint8Array,
    now: number,
    out: Uint8Array,
    to: number,
  ): boolean {
    const maker = this.#maker(query, at, length, address, now);
    if (maker === 0 && ((now - readU32(query, at + CLIENT + 4)) | 0) < RENEW_AGE) {
      for (let i = 0; i < COOKIE_LENGTH; i++) out[to + i] = query[at + i];
      return true;
    }
    const input = this.#input;
    for (let i = 0; i < CLIENT; i++) input[i] = query[at + i];
    input[CLIENT] = 1;
    input.fill(0, CLIENT + 1, CLIENT + 4);
    writeU32(input, CLIENT + 4, now);
    this.#digest(this.#secrets[0], address);
    for (let i = 0; i < CLIENT + 8; i++) out[to + i] = input[i];
    for (let i = 0; i < 8; i++) out[to + CLIENT + 8 + i] = this.#hash[i];
    return maker >= 0;
  }

  #digest(secret: SipHash, address: Uint8Array): void {
    for (let i = 0; i < address.length; i++) this.#input[CLIENT + 8 + i] = address[i];
    secret(this.#input, CLIENT + 8 + address.length, this.#hash, 0);
  }

  /** Compares without telling by time how much is right. */
  #matches(query: Uint8Array, at: number): boolean {
    let difference = 0;
    for (let i = 0; i < 8; i++) difference |= query[at + i] ^ this.#hash[i];
    return difference === 0;
  }
}
