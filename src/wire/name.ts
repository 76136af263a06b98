/**
 * A domain name as the answering path sees it: labels, lower case and hashes found in one pass (RFC 1035 §3.1).
 *
 * Every suffix gets its hash in the same pass, so the closest encloser and the zone are looked up without hashing
 * again. Instances are made once and reused: reading a name allocates nothing.
 */

export const MAX_NAME = 255;
export const MAX_LABEL = 63;
const MAX_LABELS = 127;

/** ASCII lower case of an octet (RFC 4343 §3). */
export const LOWER: Uint8Array = new Uint8Array(256).map((_, octet) =>
  octet >= 65 && octet <= 90 ? octet + 32 : octet,
);

const HASH_SEED = 0x811c9dc5 | 0;
const HASH_BYTE = 0x01000193;
const HASH_JOIN = 0x9e3779b1 | 0;

/** The hash of the root: where every name's hash starts. */
export const ROOT_HASH: number = HASH_SEED;

/** The hash of the label of `length` octets at bytes[at], in any case (FNV-1a over its lower-case octets). */
export function hashLabel(bytes: Uint8Array, at: number, length: number): number {
  let hash = HASH_SEED ^ length;
  for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ LOWER[bytes[i]], HASH_BYTE);
  return hash;
}

/** The hash of a label in front of a suffix, both hashed. */
export function joinHash(suffix: number, label: number): number {
  // The shift feeds the high bits into the low ones that index the hash tables.
  const mixed = Math.imul(suffix ^ label, HASH_JOIN);
  return mixed ^ (mixed >>> 15);
}

/** The hash of the label "*". */
export const WILDCARD_LABEL_HASH: number = hashLabel(Uint8Array.of(42), 0, 1);

export class Name {
  /** As read, case kept. */
  readonly wire: Uint8Array = new Uint8Array(MAX_NAME + 1);
  /** The same in lower case. */
  readonly lower: Uint8Array = new Uint8Array(MAX_NAME + 1);
  /** Octets, with the root's. */
  length = 1;
  /** Labels, without the root's. */
  labels = 0;
  /** offset[i]: where label i begins (its length octet); offset[labels] is the root. */
  readonly offset: Uint8Array = new Uint8Array(MAX_LABELS + 1);
  /** hash[i]: the hash of the suffix that begins with label i; hash[labels] is the root's. */
  readonly hash: Int32Array = new Int32Array(MAX_LABELS + 1);
  /** Where this name stands in the message under construction; 0 when it does not. */
  written = 0;

  /**
   * Reads the uncompressed name at source[at] and returns the offset after it; -1 when it passes `end`, is over 255
   * octets, or has a compression pointer or extended label.
   */
  read(source: Uint8Array, at: number, end: number): number {
    const { wire, lower, offset, hash } = this;
    let from = at;
    let to = 0;
    let labels = 0;
    for (;;) {
      if (from >= end) return -1;
      const length = source[from];
      if (length === 0) break;
      if (length > MAX_LABEL || from + length >= end || to + length + 1 >= MAX_NAME) return -1;
      offset[labels] = to;
      let label = HASH_SEED ^ length;
      wire[to] = length;
      lower[to++] = length;
      from++;
      for (const stop = from + length; from < stop; from++) {
        const octet = source[from];
        const low = LOWER[octet];
        wire[to] = octet;
        lower[to++] = low;
        label = Math.imul(label ^ low, HASH_BYTE);
      }
      hash[labels++] = label;
    }
    wire[to] = 0;
    lower[to] = 0;
    offset[labels] = to;
    this.length = to + 1;
    this.labels = labels;
    this.written = 0;
    this.#joinHashes();
    return from + 1;
  }

  /** Turns label hashes into suffix hashes, from the root leftwards. */
  #joinHashes(): void {
    const { hash, labels } = this;
    let suffix = ROOT_HASH;
    hash[labels] = suffix;
    for (let i = labels - 1; i >= 0; i--) {
      suffix = joinHash(suffix, hash[i]);
      hash[i] = suffix;
    }
  }

  /** Takes the name that begins at label `from` of another one. */
  copySuffix(other: Name, from: number): void {
    this.read(other.wire, other.offset[from], other.length);
  }

  /**
   * Replaces the suffix from label `from` on with another name (RFC 6672 §2.2). False, and nothing changed, when the
   * result is over 255 octets.
   */
  replaceSuffix(from: number, target: Name): boolean {
    const kept = this.offset[from];
    if (kept + target.length > MAX_NAME) return false;
    for (let i = 0; i < target.length; i++) this.wire[kept + i] = target.wire[i];
    this.read(this.wire, 0, kept + target.length);
    return true;
  }

  /** The same name, in any case. */
  equals(other: Name): boolean {
    if (this.length !== other.length || this.hash[0] !== other.hash[0]) return false;
    for (let i = 0; i < this.length; i++) if (this.lower[i] !== other.lower[i]) return false;
    return true;
  }
}

/** The offset after the uncompressed name at bytes[at]. The bytes are known to hold a name. */
export function skipName(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] !== 0) i += bytes[i] + 1;
  return i + 1;
}
