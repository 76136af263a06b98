/** Reads a reply back into records, with the names in it uncompressed: what is to be explained is what was really sent. */

import { Option } from "../../wire/edns.ts";
import { HEADER, readU16, readU32 } from "../../wire/header.ts";
import { skipName } from "../../wire/name.ts";
import { nameLayout } from "../../wire/rdatanames.ts";
import { RrType } from "../../wire/rrtype.ts";

/** A record of a reply. */
export interface ReplyRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly rrclass: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** A reply of ours; it is well formed, as it was just made. */
export interface Reply {
  /** The second 16 bits of the header. */
  readonly bits: number;
  readonly rcode: number;
  readonly answer: readonly ReplyRecord[];
  readonly authority: readonly ReplyRecord[];
  /** Without the OPT. */
  readonly additional: readonly ReplyRecord[];
  /** The extended error (RFC 8914). */
  readonly ede: { readonly code: number; readonly text: string } | undefined;
}

interface Read<T> {
  readonly value: T;
  readonly next: number;
}

/** Reads a reply with one question. */
export function readReply(bytes: Uint8Array): Reply {
  const sections: ReplyRecord[][] = [[], [], []];
  let at = HEADER;
  for (let left = readU16(bytes, 4); left > 0; left--) at = readName(bytes, at).next + 4;
  for (const [i, section] of sections.entries()) {
    for (let left = readU16(bytes, 6 + 2 * i); left > 0; left--) {
      const { value, next } = readRecord(bytes, at);
      section.push(value);
      at = next;
    }
  }
  const [answer, authority, additional] = sections;
  const opt = additional.find(({ type }) => type === RrType.OPT);
  const bits = readU16(bytes, 2);
  return {
    bits,
    rcode: (bits & 0xf) | (((opt?.ttl ?? 0) >>> 24) << 4),
    answer,
    authority,
    additional: additional.filter((record) => record !== opt),
    ede: opt && extendedError(opt.rdata),
  };
}

function readRecord(bytes: Uint8Array, from: number): Read<ReplyRecord> {
  const { value: owner, next: at } = readName(bytes, from);
  const type = readU16(bytes, at);
  const start = at + 10;
  const next = start + readU16(bytes, at + 8);
  const rdata = readRdata(bytes, type, start, next);
  return { value: { owner, type, rrclass: readU16(bytes, at + 2), ttl: readU32(bytes, at + 4), rdata }, next };
}

/** Only the types that nameLayout knows may be compressed (RFC 3597 §4). */
function readRdata(bytes: Uint8Array, type: number, from: number, end: number): Uint8Array {
  const layout = nameLayout(type);
  let at = from + (layout >>> 4);
  const parts = [bytes.subarray(from, at)];
  for (let names = layout & 15; names > 0; names--) {
    const { value, next } = readName(bytes, at);
    parts.push(value);
    at = next;
  }
  parts.push(bytes.subarray(at, end));
  return Uint8Array.from(Buffer.concat(parts));
}

/** A name, its pointers followed (RFC 1035 §4.1.4). */
function readName(bytes: Uint8Array, from: number): Read<Uint8Array> {
  const octets: number[] = [];
  let at = from;
  let next = -1;
  for (;;) {
    const length = bytes[at];
    if (length >= 0xc0) {
      if (next < 0) next = at + 2;
      at = readU16(bytes, at) & 0x3fff;
      continue;
    }
    octets.push(...bytes.subarray(at, at + length + 1));
    at += length + 1;
    if (length === 0) return { value: Uint8Array.from(octets), next: next < 0 ? at : next };
  }
}

function extendedError(options: Uint8Array): Reply["ede"] {
  for (let at = 0; at < options.length; at += 4 + readU16(options, at + 2)) {
    if (readU16(options, at) !== Option.EDE) continue;
    const end = at + 4 + readU16(options, at + 2);
    return { code: readU16(options, at + 4), text: Buffer.from(options.subarray(at + 6, end)).toString() };
  }
  return undefined;
}

/** RDATA with its compressible names in lower case: their case may be the question's, as compression shares it. */
export function rdataKey(type: number, rdata: Uint8Array): string {
  const layout = nameLayout(type);
  const octets = Buffer.from(rdata);
  let at = layout >>> 4;
  for (let names = layout & 15; names > 0; names--) {
    const end = skipName(octets, at);
    for (; at < end; at++) if (octets[at] >= 65 && octets[at] <= 90) octets[at] += 32;
  }
  return octets.toString("latin1");
}
