/** Records as they stand in an image (see image.ts): ready to be copied into a message. */

import { HEADER, writeU16, writeU32 } from "../wire/header.ts";
import { RrClass } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import type { RrSets } from "./rrsets.ts";

/** What the rows order[from, to) take. */
export function rowBytes(sets: RrSets, from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += RECORD_HEAD + sets.records.length[sets.order[i]];
  return bytes;
}

/** Writes the rows order[from, to) of a type, with the TTL of their RRset, to bytes[start]; returns the offset after them. */
export function writeRows(
  sets: RrSets,
  from: number,
  to: number,
  type: number,
  ttl: number,
  bytes: Uint8Array,
  start: number,
): number {
  const { records, order } = sets;
  const { rdata } = records;
  let at = start;
  for (let i = from; i < to; i++) {
    const row = order[i];
    const length = records.length[row];
    const source = records.at[row];
    writeU16(bytes, at, 0xc000 | HEADER);
    writeU16(bytes, at + 2, type);
    writeU16(bytes, at + 4, RrClass.IN);
    writeU32(bytes, at + 6, ttl);
    writeU16(bytes, at + 10, length);
    at += RECORD_HEAD;
    for (let k = 0; k < length; k++) bytes[at + k] = rdata[source + k];
    at += length;
  }
  return at;
}
