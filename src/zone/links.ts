/**
 * What an RRset with names in its RDATA carries in the image, so that nothing is looked up when it is asked for:
 *
 *   octets of the ready answer (0 for none), number of pointers << 16, number of hazards << 24
 *   records of the RRset in it, addresses << 16
 *   number of targets
 *   targets     two words each: where the name begins in the records; the node that has its addresses, and TargetFlag
 *   hazards     a word each
 *   pointers    two octets each, padded to words
 *   answer      padded to words
 *
 * They are made for the plan of an image, which must know how long they are, and kept until the image is written.
 */

import { LINKS_HEADER } from "./image.ts";
import type { LinkMaker } from "./linkmaker.ts";
import type { RrSets } from "./rrsets.ts";

/** Links are kept in pieces of memory of so many words, and let go piece by piece: memory that grows is copied, and touched twice. */
const LEAST_WORDS = 256;
const MOST_WORDS = 65536;

interface Piece {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  used: number;
}

/** The links of all linked RRsets of a zone: made in their order, and taken in that order. */
export class Links {
  readonly #maker: LinkMaker;
  /** Links, each with its RRset's number and its length in front; nodes are owners' numbers still. */
  readonly #pieces: Piece[] = [];
  #last: Piece | undefined;
  #taken = 0;

  constructor(maker: LinkMaker) {
    this.#maker = maker;
  }

  /** Makes the links of an RRset; returns how many octets they take in the image, with their length. */
  add(sets: RrSets, owner: number, set: number): number {
    const octets = this.#maker.make(sets, owner, set);
    const piece = this.#pieceFor(2 + octets / 4);
    const { words, bytes } = piece;
    const at = piece.used + 2;
    piece.used = at + octets / 4;
    words[at - 2] = set;
    words[at - 1] = octets;
    this.#maker.write(sets, owner, set, words, bytes, at);
    return 4 + octets;
  }

  /** The piece for so many words more. */
  #pieceFor(needed: number): Piece {
    const last = this.#last;
    if (last && last.used + needed <= last.words.length) return last;
    const room = last ? Math.min(last.words.length * 4, MOST_WORDS) : LEAST_WORDS;
    const words = new Uint32Array(Math.max(room, needed));
    this.#last = { words, bytes: new Uint8Array(words.buffer), used: 0 };
    this.#pieces.push(this.#last);
    return this.#last;
  }

  /** Whether the next links are those of an RRset. */
  has(set: number): boolean {
    const piece = this.#pieces[0];
    return piece !== undefined && piece.words[this.#taken] === set;
  }

  /** Moves the next links to `offset` in words, with their length, their owners' nodes put in; returns the offset after them. */
  take(words: Uint32Array, offset: number, node: Uint32Array): number {
    const piece = this.#pieces[0];
    const from = piece.words;
    const first = this.#taken + 1;
    const length = 1 + from[first] / 4;
    let to = offset / 4;
    const targets = to + 1 + LINKS_HEADER / 4;
    for (let i = first; i < first + length; ) words[to++] = from[i++];
    for (let at = targets + 1; at < targets + words[targets - 1] * 2; at += 2) {
      words[at] = node[words[at] >>> 2] | (words[at] & 3);
    }
    this.#taken = first + length;
    if (this.#taken === piece.used) {
      this.#pieces.shift();
      this.#taken = 0;
    }
    return to * 4;
  }
}
