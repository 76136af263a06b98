/**
 * Writes a message's records: compression (RFC 1035 §4.1.4), whole RRsets or nothing, never past the limit.
 *
 * One writer serves a thread for ever; `begin` starts the next message. Nothing is allocated after the constructor.
 */

import { HEADER, writeU16, writeU32 } from "./header.ts";
import { LOWER, Name } from "./name.ts";
import { copyOctets } from "./octets.ts";
import { NO_NAMES, nameLayout } from "./rdatanames.ts";
import { RrType } from "./rrtype.ts";

export const Section = { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 } as const;

/**
 * Octets in front of RDATA in the records that a writer is given: a pointer to the question's name, TYPE, CLASS, TTL and
 * RDLENGTH. So they stand in an answer to a question for just that RRset, and are copied as they are.
 */
export const RECORD_HEAD = 12;

/** Of these, the pointer. */
export const OWNER = 2;

/** Offsets over 14 bits can't be pointed at. */
export const MAX_POINTER = 0x3fff;
/** Remembered suffixes; past that, names are written without looking for more to share. */
const MOST_SUFFIXES = 256;
const SLOTS = 1024;

export class Writer {
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  /** Octets the message may take. */
  limit = 0;
  /** Records in each section. */
  readonly counts: Uint16Array = new Uint16Array(3);

  readonly #target = new Name();
  /** Suffixes written so far, in order: their hash and offset, and the slot that holds each. */
  readonly #hash = new Int32Array(MOST_SUFFIXES);
  readonly #offset = new Uint16Array(MOST_SUFFIXES);
  readonly #slotOf = new Uint16Array(MOST_SUFFIXES);
  #suffixes = 0;
  /** The question's name; its suffixes are remembered when the first name is written in full: most answers have none. */
  #question: Name | undefined;
  /** Slots of an open-addressing table: number of the suffix plus 1, 0 for none. */
  readonly #slots = new Uint16Array(SLOTS);

  /**
   * Starts a message whose header and question are in place up to `length`. The question's name, right after the header,
   * is a target for compression.
   */
  begin(bytes: Uint8Array, length: number, limit: number, question: Name): void {
    this.bytes = bytes;
    this.length = length;
    this.limit = limit;
    this.counts[Section.ANSWER] = 0;
    this.counts[Section.AUTHORITY] = 0;
    this.counts[Section.ADDITIONAL] = 0;
    this.#forget(0);
    question.written = question.labels > 0 ? HEADER : 0;
    this.#question = question;
  }

  /** Takes back all that was written from `length` on; `owner` may have been written there. */
  rollback(length: number, owner: Name): void {
    this.length = length;
    if (owner.written >= length) owner.written = 0;
    let kept = this.#suffixes;
    while (kept > 0 && this.#offset[kept - 1] >= length) kept--;
    this.#forget(kept);
  }

  /**
   * Appends `count` records as they stand in data[at, at + octets): they are owned by the question's name, and no name in
   * them is to be compressed. False, and nothing written, when they don't fit.
   */
  copy(section: number, data: Uint8Array, at: number, octets: number, count: number): boolean {
    const to = this.length;
    if (to + octets > this.limit) return false;
    copyOctets(data, at, this.bytes, to, octets);
    this.length = to + octets;
    this.counts[section] += count;
    return true;
  }

  /**
   * Appends the records in data[at, end), each with its RECORD_HEAD, as one RRset of another owner or TTL. False, and
   * nothing written, when they don't fit. The owner is written once and pointed at by the other records.
   */
  records(section: number, owner: Name, type: number, ttl: number, data: Uint8Array, at: number, end: number): boolean {
    const mark = this.length;
    const shape = nameLayout(type);
    let count = 0;
    for (let i = at; i < end; count++) {
      const rdlength = (data[i + 10] << 8) | data[i + 11];
      i += RECORD_HEAD;
      if (!this.#record(owner, type, ttl, data, i, rdlength, shape)) {
        this.rollback(mark, owner);
        return false;
      }
      i += rdlength;
    }
    this.counts[section] += count;
    return true;
  }

  /** Appends a CNAME made up for a DNAME (RFC 6672 §3.1). False, and nothing written, when it doesn't fit. */
  cname(section: number, owner: Name, ttl: number, target: Name): boolean {
    const mark = this.length;
    if (this.#head(owner, RrType.CNAME, ttl)) {
      const length = this.length;
      this.length += 2;
      if (this.name(target)) {
        writeU16(this.bytes, length, this.length - length - 2);
        this.counts[section]++;
        return true;
      }
    }
    this.rollback(mark, owner);
    if (target.written >= mark) target.written = 0;
    return false;
  }

  #record(
    owner: Name,
    type: number,
    ttl: number,
    data: Uint8Array,
    at: number,
    rdlength: number,
    shape: number,
  ): boolean {
    if (shape === NO_NAMES) {
      if (!this.name(owner)) return false;
      const from = at + OWNER - RECORD_HEAD;
      const { length } = this;
      if (length + at + rdlength - from > this.limit) return false;
      this.#copy(data, from, at + rdlength - from);
      writeU32(this.bytes, length + 4, ttl);
      return true;
    }
    if (!this.#head(owner, type, ttl)) return false;
    const length = this.length;
    this.length += 2;
    if (!this.#rdataWithNames(data, at, at + rdlength, shape)) return false;
    writeU16(this.bytes, length, this.length - length - 2);
    return true;
  }

  /** Owner, type, class IN and TTL; room for RDLENGTH is checked too. */
  #head(owner: Name, type: number, ttl: number): boolean {
    if (!this.name(owner)) return false;
    if (this.length + 10 > this.limit) return false;
    const { bytes, length } = this;
    bytes[length] = type >>> 8;
    bytes[length + 1] = type;
    bytes[length + 2] = 0;
    bytes[length + 3] = 1;
    writeU32(bytes, length + 4, ttl);
    this.length = length + 8;
    return true;
  }

  /** RDATA of the types of RFC 1035: some octets, one or two names, some octets. */
  #rdataWithNames(data: Uint8Array, at: number, end: number, shape: number): boolean {
    const before = shape >>> 4;
    if (this.length + before > this.limit) return false;
    this.#copy(data, at, before);
    let from = at + before;
    for (let names = shape & 0xf; names > 0; names--) {
      from = this.#target.read(data, from, end);
      if (!this.name(this.#target)) return false;
    }
    if (this.length + end - from > this.limit) return false;
    this.#copy(data, from, end - from);
    return true;
  }

  /** Writes a name, its longest suffix that stands in the message already as a pointer. False when it doesn't fit. */
  name(name: Name): boolean {
    const { bytes } = this;
    if (name.written > 0) {
      if (this.length + 2 > this.limit) return false;
      writeU16(bytes, this.length, 0xc000 | name.written);
      this.length += 2;
      return true;
    }
    this.#shareQuestion();
    let label = 0;
    let pointer = 0;
    for (; label < name.labels; label++) {
      pointer = this.#find(name, label);
      if (pointer !== 0) break;
    }
    const plain = name.offset[label];
    if (this.length + plain + 2 > this.limit) return false;
    const start = this.length;
    for (let i = 0; i < plain; i++) bytes[start + i] = name.wire[i];
    this.length += plain;
    for (let i = 0; i < label; i++) this.#remember(name.hash[i], start + name.offset[i]);
    if (pointer !== 0) {
      writeU16(bytes, this.length, 0xc000 | pointer);
      this.length += 2;
    } else bytes[this.length++] = 0;
    if (label > 0 && start <= MAX_POINTER) name.written = start;
    else if (label === 0 && pointer !== 0) name.written = pointer;
    return true;
  }

  #copy(data: Uint8Array, at: number, length: number): void {
    copyOctets(data, at, this.bytes, this.length, length);
    this.length += length;
  }

  #find(name: Name, label: number): number {
    const hash = name.hash[label];
    for (let slot = hash & (SLOTS - 1); this.#slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const suffix = this.#slots[slot] - 1;
      if (this.#hash[suffix] === hash && this.#matches(name.lower, name.offset[label], this.#offset[suffix])) {
        return this.#offset[suffix];
      }
    }
    return 0;
  }

  /** Compares a name with one in the message, whose pointers lead backwards and so end. */
  #matches(lower: Uint8Array, from: number, offset: number): boolean {
    const { bytes } = this;
    let i = from;
    let at = offset;
    for (;;) {
      while (bytes[at] >= 0xc0) at = ((bytes[at] & 0x3f) << 8) | bytes[at + 1];
      const length = bytes[at];
      if (length !== lower[i]) return false;
      if (length === 0) return true;
      for (let k = 1; k <= length; k++) if (LOWER[bytes[at + k]] !== lower[i + k]) return false;
      i += length + 1;
      at += length + 1;
    }
  }

  #shareQuestion(): void {
    const question = this.#question;
    if (question === undefined) return;
    this.#question = undefined;
    for (let i = 0; i < question.labels; i++) this.#remember(question.hash[i], HEADER + question.offset[i]);
  }

  #remember(hash: number, offset: number): void {
    if (offset > MAX_POINTER || this.#suffixes >= MOST_SUFFIXES) return;
    let slot = hash & (SLOTS - 1);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.#hash[this.#suffixes] = hash;
    this.#offset[this.#suffixes] = offset;
    this.#slotOf[this.#suffixes] = slot;
    this.#slots[slot] = ++this.#suffixes;
  }

  /** Forgets the last suffixes, last first, so that no probe sequence is broken. */
  #forget(kept: number): void {
    while (this.#suffixes > kept) this.#slots[this.#slotOf[--this.#suffixes]] = 0;
  }
}
