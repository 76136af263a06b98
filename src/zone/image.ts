/**
 * The image of a zone: one flat, immutable piece of shared memory that every thread answers from.
 *
 *   header      32 words, see Word
 *   apex        the zone's name in wire form, lower case
 *   nodes       one for each owner, the apex first, in the order of the file
 *   table       owners' hashes → nodes, open addressing: two words each
 *   NSEC        nodes with NSEC in canonical order, with keys that compare as octets
 *   NSEC3       hashes in order, each with its node
 *
 * A node is a word (length of name, flags, number of RRsets), the owner's name relative to the apex padded to words,
 * and its RRsets. An RRset is three words (type and count; octets of its records, and LINKED; number and octets of its
 * RRSIGs), its records and its RRSIGs. Each record stands as on the wire in the answer to a question for it: a pointer
 * to the question's name, TYPE, CLASS, TTL, RDLENGTH and RDATA. Where the type has names in its RDATA that can be
 * compressed, or that lead to addresses, the RRset is LINKED: a word (octets of the links) and the links follow the three
 * words (see links.ts).
 */

import { readU32 } from "../wire/header.ts";
import { Enclosers } from "./enclosers.ts";

export const MAGIC = 0x5a43494d;

/** Raise this whenever the layout or a hash changes: an image of another version is never read. */
export const FORMAT = 2;

/** Index of each header word. */
export const Word = {
  MAGIC: 0,
  FORMAT: 1,
  BYTES: 2,
  APEX: 3,
  APEX_LENGTH: 4,
  SERIAL: 5,
  /** TTL of the SOA in negative answers: the lesser of its TTL and its MINIMUM (RFC 2308 §5). */
  NEGATIVE_TTL: 6,
  DENIAL: 7,
  TABLE: 8,
  TABLE_MASK: 9,
  NODES: 10,
  NODES_END: 11,
  OWNERS: 12,
  RRSETS: 13,
  RECORDS: 14,
  NSEC: 15,
  NSEC_COUNT: 16,
  NSEC3: 17,
  NSEC3_COUNT: 18,
  NSEC3_ITERATIONS: 19,
  NSEC3_SALT: 20,
  NSEC3_SALT_LENGTH: 21,
  /** 1 when there is anything in the zone that only a client with DO is given: RRSIGs, or a chain of NSEC or NSEC3. */
  SIGNED: 22,
} as const;

export const HEADER_WORDS = 32;

/** How a zone proves that something is not there. */
export const Denial = { NONE: 0, NSEC: 1, NSEC3: 2 } as const;

/** An RRset's three words. */
export const RRSET_HEADER = 12;

/** In an RRset's second word: links follow. */
export const LINKED = 0x80000000;

/** Octets of the links' fixed part: see links.ts. */
export const LINKS_HEADER = 12;

/** What a target is, in the two lowest bits of the word that has its node: see zone/targets.ts. */
export const TargetFlag = { REQUIRED: 1, GLUE: 2 } as const;

/** An NSEC3 index entry: 20 octets of hash and the node's word. */
export const NSEC3_ENTRY = 24;

/** Rounds up to whole words. */
export function aligned(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** A compiled zone, opened: the image's bytes and the header's values at hand. */
export class Zone {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly apex: Uint8Array;
  readonly apexLabels: number;
  readonly serial: number;
  readonly negativeTtl: number;
  readonly denial: number;
  /** Whether DO makes a difference to any answer. */
  readonly signed: boolean;
  /** The apex's node. */
  readonly top: number;
  readonly table: number;
  readonly tableMask: number;
  /** Found as questions come; not in the image, each thread has its own. */
  readonly enclosers: Enclosers | undefined;

  /** Opens an image. Throws RangeError when the bytes are no image of this format. */
  constructor(buffer: SharedArrayBuffer) {
    const words = new Uint32Array(buffer);
    if (words[Word.MAGIC] !== MAGIC || words[Word.FORMAT] !== FORMAT || words[Word.BYTES] !== buffer.byteLength) {
      throw new RangeError("not a zone image of this version");
    }
    this.buffer = buffer;
    this.words = words;
    this.bytes = new Uint8Array(buffer);
    const at = words[Word.APEX];
    this.apex = this.bytes.slice(at, at + words[Word.APEX_LENGTH]);
    this.apexLabels = countLabels(this.apex);
    this.serial = words[Word.SERIAL];
    this.negativeTtl = words[Word.NEGATIVE_TTL];
    this.denial = words[Word.DENIAL];
    this.signed = words[Word.SIGNED] !== 0;
    this.top = words[Word.NODES];
    this.table = words[Word.TABLE] >>> 2;
    this.tableMask = words[Word.TABLE_MASK];
    this.enclosers = this.denial === Denial.NONE ? undefined : new Enclosers();
  }

  /** A node's flags (OwnerFlag). */
  flags(node: number): number {
    return this.bytes[node + 1];
  }

  /** The offset of a node's first RRset. */
  firstRrset(node: number): number {
    return node + 4 + aligned(this.bytes[node]);
  }

  rrsetCount(node: number): number {
    return this.words[node >>> 2] >>> 16;
  }

  type(rrset: number): number {
    return this.words[rrset >>> 2] & 0xffff;
  }

  /** Records of the RRset, without its signatures. */
  count(rrset: number): number {
    return this.words[rrset >>> 2] >>> 16;
  }

  ttl(rrset: number): number {
    return readU32(this.bytes, this.data(rrset) + 6);
  }

  signatureCount(rrset: number): number {
    return this.words[(rrset >>> 2) + 2] >>> 24;
  }

  linked(rrset: number): boolean {
    return (this.words[(rrset >>> 2) + 1] | 0) < 0;
  }

  /** The offset of a linked RRset's links. */
  links(rrset: number): number {
    return rrset + RRSET_HEADER + 4;
  }

  /** The offset of the first record. */
  data(rrset: number): number {
    const data = rrset + RRSET_HEADER;
    return this.linked(rrset) ? data + 4 + this.words[data >>> 2] : data;
  }

  dataBytes(rrset: number): number {
    return this.words[(rrset >>> 2) + 1] & ~LINKED;
  }

  /** The offset of the first RRSIG. */
  signatures(rrset: number): number {
    return this.data(rrset) + this.dataBytes(rrset);
  }

  signatureBytes(rrset: number): number {
    return this.words[(rrset >>> 2) + 2] & 0xffffff;
  }

  nextRrset(rrset: number): number {
    return this.data(rrset) + aligned(this.dataBytes(rrset) + this.signatureBytes(rrset));
  }

  /** The RRset of a type with data at a node; 0 when there is none. */
  rrset(node: number, type: number): number {
    let rrset = this.firstRrset(node);
    for (let left = this.rrsetCount(node); left > 0; left--) {
      const word = this.words[rrset >>> 2];
      if ((word & 0xffff) === type) return word >>> 16 === 0 ? 0 : rrset;
      rrset = this.nextRrset(rrset);
    }
    return 0;
  }

  /** Writes a node's full name to out[at] and returns its length. */
  nameOf(node: number, out: Uint8Array, at: number): number {
    const { bytes, apex } = this;
    const relative = bytes[node];
    for (let i = 0; i < relative; i++) out[at + i] = bytes[node + 4 + i];
    for (let i = 0; i < apex.length; i++) out[at + relative + i] = apex[i];
    return relative + apex.length;
  }
}

/** Throws RangeError for what is no name: an image from a disk may have right checksums and be wrong. */
function countLabels(name: Uint8Array): number {
  let labels = 0;
  let at = 0;
  for (; at < name.length && name[at] !== 0; at += name[at] + 1) labels++;
  if (at !== name.length - 1) throw new RangeError("not a zone image: its zone has no name");
  return labels;
}
