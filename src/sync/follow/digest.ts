/** The digest of all that a POP serves (PopReport.digest): a sum, so that order does not matter and changes are cheap. */

import { hash } from "node:crypto";

/** 128 bits: sums that happen to be equal are not to be feared. */
const BITS = 128n;

export class Digest {
  #sum = 0n;

  /** A zone serves another text now: SHA-256 in hex; undefined for none. */
  change(zone: string, before: string | undefined, now: string | undefined): void {
    if (before === now) return;
    if (before !== undefined) this.#sum -= term(zone, before);
    if (now !== undefined) this.#sum += term(zone, now);
    this.#sum = BigInt.asUintN(Number(BITS), this.#sum);
  }

  /** Another one that goes on from here. */
  copy(): Digest {
    const copy = new Digest();
    copy.#sum = this.#sum;
    return copy;
  }

  toString(): string {
    return this.#sum.toString(16).padStart(Number(BITS) / 4, "0");
  }
}

function term(zone: string, sha256: string): bigint {
  return BigInt(`0x${hash("sha256", `${zone}\0${sha256}`, "hex").slice(0, Number(BITS) / 4)}`);
}
