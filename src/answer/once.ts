/** A set of nodes that only grows during one answer, and is empty again at no cost for the next. */

/** A power of two. The largest message has room for fewer nodes than half of it: an address takes 28 octets and more. */
const SLOTS = 8192;

export class Once {
  readonly #node = new Uint32Array(SLOTS);
  /** The answer in which a slot was last filled. */
  readonly #filled = new Uint32Array(SLOTS);
  #answer = 1;
  #count = 0;

  clear(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    this.#answer = (this.#answer + 1) >>> 0;
    if (this.#answer > 0) return;
    this.#filled.fill(0);
    this.#answer = 1;
  }

  /** True the first time that a node comes; also for every one that there is no room to remember. */
  first(node: number): boolean {
    let slot = Math.imul(node >>> 2, 0x9e3779b1) >>> 19;
    for (; this.#filled[slot] === this.#answer; slot = (slot + 1) & (SLOTS - 1)) {
      if (this.#node[slot] === node) return false;
    }
    if (this.#count === SLOTS / 2) return true;
    this.#count++;
    this.#node[slot] = node;
    this.#filled[slot] = this.#answer;
    return true;
  }
}
