/** Records that are copied into a message as they stand, with all their octets at once, but under another owner. */

import { readU16, writeU16 } from "./header.ts";
import { copyOctets } from "./octets.ts";
import { MAX_POINTER, OWNER, RECORD_HEAD, type Writer } from "./writer.ts";

/**
 * Appends the records in data[at, end), each with its RECORD_HEAD. Their owner is at data[labels]: `octets` octets of
 * labels, in front of the name that stands at `parent` in the message, where 0 is the root. No name in them is to be
 * compressed, and names written later share nothing with this owner. False, and nothing written, when they don't fit.
 */
export function recordsBelow(
  writer: Writer,
  section: number,
  data: Uint8Array,
  at: number,
  end: number,
  labels: number,
  octets: number,
  parent: number,
): boolean {
  if (at === end) return true;
  const start = writer.length;
  const again = octets === 0 ? parent : start;
  if (again === 0 || again > MAX_POINTER) return inFull(writer, section, data, at, end, labels, octets, parent);
  const { bytes } = writer;
  const from = at + OWNER;
  const to = start + octets + (parent === 0 ? 1 : OWNER);
  if (to + end - from > writer.limit) return false;
  writeOwner(bytes, start, data, labels, octets, parent);
  copyOctets(data, from, bytes, to, end - from);
  let count = 1;
  for (let i = after(data, at); i < end; i = after(data, i), count++) writeU16(bytes, to + i - from, 0xc000 | again);
  writer.length = to + end - from;
  writer.counts[section] += count;
  return true;
}

/** The same where the first record's owner can't be pointed at: it is the root, or too far from the message's start. */
function inFull(
  writer: Writer,
  section: number,
  data: Uint8Array,
  at: number,
  end: number,
  labels: number,
  octets: number,
  parent: number,
): boolean {
  const { bytes } = writer;
  const owner = octets + (parent === 0 ? 1 : OWNER);
  let to = writer.length;
  let count = 0;
  for (let i = at; i < end; count++) {
    const next = after(data, i);
    const from = i + OWNER;
    if (to + owner + next - from > writer.limit) return false;
    writeOwner(bytes, to, data, labels, octets, parent);
    copyOctets(data, from, bytes, to + owner, next - from);
    to += owner + next - from;
    i = next;
  }
  writer.length = to;
  writer.counts[section] += count;
  return true;
}

function writeOwner(
  bytes: Uint8Array,
  to: number,
  data: Uint8Array,
  labels: number,
  octets: number,
  parent: number,
): void {
  copyOctets(data, labels, bytes, to, octets);
  if (parent === 0) bytes[to + octets] = 0;
  else writeU16(bytes, to + octets, 0xc000 | parent);
}

/** The offset after the record at data[at]. */
function after(data: Uint8Array, at: number): number {
  return at + RECORD_HEAD + readU16(data, at + RECORD_HEAD - 2);
}
