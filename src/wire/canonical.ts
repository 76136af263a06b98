/**
 * Canonical order of names (RFC 4034 §6.1) as a byte string that compares octet by octet: labels from the right, in
 * lower case, each ended by 0; the octets 0 and 1 inside a label are written 1 1 and 1 2, so that the end sorts first.
 */

import { LOWER } from "./name.ts";

/** Longest key: every octet of a 255-octet name doubled. */
export const MAX_KEY = 510;

const labelStarts = 128;

/**
 * Writes the key of the labels in bytes[at, end), which need not end with the root, to key[to] and returns its length.
 * `starts` is scratch room for label offsets.
 */
export function canonicalKey(
  bytes: Uint8Array,
  at: number,
  end: number,
  key: Uint8Array,
  to: number,
  starts: Uint16Array,
): number {
  let labels = 0;
  for (let i = at; i < end && bytes[i] !== 0; i += bytes[i] + 1) starts[labels++] = i;
  let length = to;
  while (labels > 0) {
    const start = starts[--labels];
    for (let i = start + 1; i <= start + bytes[start]; i++) {
      const octet = LOWER[bytes[i]];
      if (octet > 1) key[length++] = octet;
      else {
        key[length++] = 1;
        key[length++] = octet + 1;
      }
    }
    key[length++] = 0;
  }
  return length - to;
}

/** Scratch room for canonicalKey. */
export function keyScratch(): Uint16Array {
  return new Uint16Array(labelStarts);
}

/** Compares two byte strings octet by octet: negative, 0 or positive; a prefix sorts first. */
export function compareBytes(
  a: Uint8Array,
  aAt: number,
  aLength: number,
  b: Uint8Array,
  bAt: number,
  bLength: number,
): number {
  const shorter = Math.min(aLength, bLength);
  for (let i = 0; i < shorter; i++) {
    const difference = a[aAt + i] - b[bAt + i];
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
