/**
 * What has been found of closest enclosers in a signed zone: nearly all names that don't exist are below the same few
 * names that do, and each takes a search to prove, with NSEC3 two hashes and two searches. With this, a name error costs
 * one search, not two; with NSEC3 one hash, not three.
 */

/** A power of two. */
const SLOTS = 256;

export class Enclosers {
  readonly #node = new Uint32Array(SLOTS);
  /** How many labels further up the closest provable encloser is (RFC 5155 §7.2.1, opt-out). */
  readonly #above = new Uint8Array(SLOTS);
  /**
   * Entries of the NSEC3 index: the one that matches that encloser, and the one that covers "*" below it. With NSEC, only
   * the latter, as a node.
   */
  readonly #own = new Int32Array(SLOTS);
  readonly #wildcard = new Int32Array(SLOTS);

  /** The slot of a node; whether it has that node in it, `has` says. */
  slot(node: number): number {
    return (Math.imul(node >>> 2, 0x9e3779b1) >>> 24) & (SLOTS - 1);
  }

  has(slot: number, node: number): boolean {
    return this.#node[slot] === node;
  }

  set(slot: number, node: number, above: number, own: number, wildcard: number): void {
    this.#node[slot] = node;
    this.#above[slot] = above;
    this.#own[slot] = own;
    this.#wildcard[slot] = wildcard;
  }

  above(slot: number): number {
    return this.#above[slot];
  }

  own(slot: number): number {
    return this.#own[slot];
  }

  wildcard(slot: number): number {
    return this.#wildcard[slot];
  }
}
