/**
 * A strict reader of DNS messages (RFC 1035 §4): whatever a careful client could stumble over throws. It shares no code
 * with the writer it checks; names in RDATA come out uncompressed.
 */

import { fieldsOf } from "../../src/text/rdata.ts";
import { RrType } from "../../src/wire/rrtype.ts";

export interface Record {
  /** Uncompressed, case as received. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly rrclass: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

export interface Question {
  readonly name: Uint8Array;
  readonly type: number;
  readonly rrclass: number;
}

export interface Message {
  readonly id: number;
  /** The header's second 16 bits. */
  readonly bits: number;
  readonly questions: readonly Question[];
  /** Answer, authority, additional without the OPT. */
  readonly sections: readonly (readonly Record[])[];
  readonly opt: Record | undefined;
  /** With the upper bits from the OPT (RFC 6891 §6.1.3). */
  readonly rcode: number;
  readonly length: number;
}

const HEADER = 12;
const MAX_NAME = 255;

/** Reads a message, or throws an Error that says what is wrong with it. */
export function decode(bytes: Uint8Array): Message {
  if (bytes.length < HEADER) throw new Error(`a message of ${bytes.length} octets has no header`);
  const reader = new Reader(bytes);
  const id = reader.u16();
  const bits = reader.u16();
  const counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const questions = times(counts[0], () => ({ name: reader.name(), type: reader.u16(), rrclass: reader.u16() }));
  const all = counts.slice(1).map((count) => times(count, () => readRecord(reader)));
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} octets after the last record`);
  if (all[0].concat(all[1]).some(isOpt)) throw new Error("an OPT outside the additional section");
  const opts = all[2].filter(isOpt);
  if (opts.length > 1) throw new Error("more than one OPT");
  const opt = opts[0];
  if (opt && opt.owner.length !== 1) throw new Error("an OPT whose owner is not the root");
  const sections = [all[0], all[1], all[2].filter((record) => !isOpt(record))];
  const rcode = (bits & 0xf) | (opt ? (opt.ttl >>> 24) << 4 : 0);
  return { id, bits, questions, sections, opt, rcode, length: bytes.length };
}

function isOpt(record: Record): boolean {
  return record.type === RrType.OPT;
}

function times<T>(count: number, read: () => T): T[] {
  const list: T[] = [];
  for (let i = 0; i < count; i++) list.push(read());
  return list;
}

class Reader {
  readonly bytes: Uint8Array;
  at = 0;
  /** Offsets where a label of some name before began: the only ones a pointer may lead to (RFC 1035 §4.1.4). */
  readonly #labels = new Set<number>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  u8(): number {
    if (this.at >= this.bytes.length) throw new Error(`the message ends early, at ${this.at}`);
    return this.bytes[this.at++];
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return ((this.u16() << 16) | this.u16()) >>> 0;
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error(`the message ends early, at ${this.bytes.length}`);
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** A name, whose pointers lead strictly backwards to labels of earlier names. */
  name(): Uint8Array {
    const wire: number[] = [];
    const own: number[] = [];
    let resume = -1;
    for (let length = -1; length !== 0; ) {
      const from = this.at;
      length = this.u8();
      if (length >= 0xc0) {
        const target = this.#pointer(from, length);
        if (resume < 0) resume = this.at;
        this.at = target;
        continue;
      }
      if (length > 63) throw new Error(`a label type ${length >>> 6} at ${from}`);
      if (length > 0 && resume < 0) own.push(from);
      wire.push(length, ...this.take(length));
      if (wire.length > MAX_NAME) throw new Error(`a name over ${MAX_NAME} octets at ${from}`);
    }
    for (const offset of own) this.#labels.add(offset);
    if (resume >= 0) this.at = resume;
    return Uint8Array.from(wire);
  }

  #pointer(from: number, first: number): number {
    const target = ((first & 0x3f) << 8) | this.u8();
    if (target >= from) throw new Error(`the pointer at ${from} leads forwards, to ${target}`);
    if (!this.#labels.has(target)) throw new Error(`the pointer at ${from} leads to ${target}, which is no label`);
    return target;
  }
}

function readRecord(reader: Reader): Record {
  const owner = reader.name();
  const type = reader.u16();
  const rrclass = reader.u16();
  const ttl = reader.u32();
  const end = reader.u16() + reader.at;
  if (end > reader.bytes.length) throw new Error(`RDATA of type ${type} runs past the message's end`);
  const rdata = type === RrType.OPT ? reader.take(end - reader.at) : readRdata(reader, type, end);
  if (type !== RrType.OPT && ttl >= 0x80000000) throw new Error(`TTL ${ttl} has its top bit set (RFC 2181 §8)`);
  return { owner, type, rrclass, ttl, rdata };
}

/** Which fields of RFC 1035's types are names: those may be compressed, and no others (RFC 3597 §4). */
const COMPRESSED: ReadonlyMap<number, readonly number[]> = new Map([
  ...[RrType.NS, RrType.MD, RrType.MF, RrType.CNAME, RrType.MB, RrType.MG, RrType.MR, RrType.PTR].map(
    (type): [number, number[]] => [type, [0]],
  ),
  [RrType.SOA, [0, 1]],
  [RrType.MINFO, [0, 1]],
  [RrType.MX, [1]],
]);

/** RDATA field by field: only the names of RFC 1035's types may be compressed (RFC 3597 §4). */
function readRdata(reader: Reader, type: number, end: number): Uint8Array {
  const fields = fieldsOf(type);
  if (!fields) return reader.take(end - reader.at);
  const parts: Uint8Array[] = [];
  for (const [i, field] of fields.entries()) {
    if (COMPRESSED.get(type)?.includes(i)) parts.push(reader.name());
    else {
      const next = field.print(reader.bytes, reader.at, end, []);
      if (next < 0) throw new Error(`RDATA of type ${type}: no ${field.label} at ${reader.at}`);
      parts.push(reader.take(next - reader.at));
    }
    if (reader.at > end) throw new Error(`RDATA of type ${type} is longer than its RDLENGTH`);
  }
  if (reader.at !== end) throw new Error(`${end - reader.at} octets left in RDATA of type ${type}`);
  return Uint8Array.from(Buffer.concat(parts));
}
