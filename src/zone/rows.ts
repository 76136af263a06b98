/** Records as they stand in an image (see image.ts): ready to be copied into a message. */

import { HEADER, writeU16, writeU32 } from "../wire/header.ts";
import { RrClass } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import type { Records } from "./records.ts";
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
  let at = start;
  for (let i = from; i < to; i++) at = writeRow(records, order[i], bytes, at, 0xc000 | HEADER, type, ttl);
  return at;
}

/** Writes one row, whose owner is a pointer, to bytes[start]; returns the offset after it. */
export function writeRow(
  records: Records,
  row: number,
  bytes: Uint8Array,
  start: number,
  owner: number,
  type: number,
  ttl: number,
): number {
  const { rdata } = records;
  const length = records.length[row];
  let at = writeHead(bytes, start, owner, type, ttl, length);
  for (let from = records.at[row], end = from + length; from < end; ) bytes[at++] = rdata[from++];
  return at;
}

/** Writes what is in front of RDATA of that length, the owner a pointer, to bytes[at]; returns the offset after it. */
export function writeHead(
  bytes: Uint8Array,
  at: number,
  owner: number,
  type: number,
  ttl: number,
  length: number,
): number {
  writeU16(bytes, at, owner);
  writeU16(bytes, at + 2, type);
  writeU16(bytes, at + 4, RrClass.IN);
  writeU32(bytes, at + 6, ttl);
  writeU16(bytes, at + 10, length);
  return at + RECORD_HEAD;
}
