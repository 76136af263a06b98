/** Domain names in presentation form (RFC 1035 §5.1) and in wire form (§3.1). */

import { MAX_LABEL, MAX_NAME } from "../wire/name.ts";
import { TextError } from "./error.ts";
import { escapedOctet, escapeLength, octetToText } from "./escape.ts";

const DOT = 46;
const AT = 64;
const BACKSLASH = 92;

/**
 * Writes the name in bytes[start, end) at out[at] in wire form, completed by `origin` where it is relative, and
 * returns its length. "@" is the origin (RFC 1035 §5.1).
 * Throws TextError for an empty label, a label over 63 octets or a name over 255 (RFC 1035 §2.3.4).
 */
export function nameToWire(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  if (end - start === 1) {
    if (bytes[start] === AT) {
      out.set(origin, at);
      return origin.length;
    }
    if (bytes[start] === DOT) {
      out[at] = 0;
      return 1;
    }
  }
  if (start === end) throw new TextError(start, "an empty name");
  let length = at;
  let label = at;
  let to = at + 1;
  let i = start;
  while (i < end) {
    let octet = bytes[i];
    if (octet === DOT) {
      endLabel(out, label, to, start);
      label = to;
      length = to;
      to++;
      i++;
      continue;
    }
    if (octet === BACKSLASH) {
      octet = escapedOctet(bytes, i, end);
      i += escapeLength(bytes, i);
    } else i++;
    if (to - at >= MAX_NAME) throw new TextError(start, `the name is longer than ${MAX_NAME} octets`);
    out[to++] = octet;
  }
  if (length === to - 1 && to - 1 > at) {
    if (to - at > MAX_NAME) throw new TextError(start, `the name is longer than ${MAX_NAME} octets`);
    out[length] = 0;
    return to - at;
  }
  endLabel(out, label, to, start);
  if (to - at + origin.length > MAX_NAME) {
    throw new TextError(start, `the name is longer than ${MAX_NAME} octets with its origin`);
  }
  for (let k = 0; k < origin.length; k++) out[to + k] = origin[k];
  return to - at + origin.length;
}

function endLabel(out: Uint8Array, label: number, to: number, start: number): void {
  const length = to - label - 1;
  if (length === 0) throw new TextError(start, "the name has an empty label");
  if (length > MAX_LABEL) throw new TextError(start, `a label is ${length} octets long, over ${MAX_LABEL}`);
  out[label] = length;
}

/** A name given as text, in wire form; absolute unless an origin is given. Throws TextError as nameToWire does. */
export function nameFromText(text: string, origin: Uint8Array = ROOT): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const out = new Uint8Array(MAX_NAME * 2 + 2);
  return out.slice(0, nameToWire(bytes, 0, bytes.length, origin, out, 0));
}

/** A zone's name as people write it, with or without its last dot. Throws TextError as nameToWire does. */
export function absoluteName(name: string): Uint8Array {
  return nameFromText(name.endsWith(".") ? name : `${name}.`);
}

/** The root's name in wire form. */
export const ROOT: Uint8Array = new Uint8Array(1);

/**
 * The presentation form of the uncompressed name at wire[at], absolute, with escapes where a reader needs them.
 * Throws RangeError when the bytes are no name.
 */
export function nameToText(wire: Uint8Array, at = 0): string {
  const end = nameEnd(wire, at, wire.length);
  if (end < 0) throw new RangeError("not a domain name");
  if (wire[at] === 0) return ".";
  let text = "";
  for (let i = at; wire[i] !== 0; i += wire[i] + 1) {
    for (let k = i + 1; k <= i + wire[i]; k++) text += octetToText(wire[k], LABEL_SPECIAL);
    text += ".";
  }
  return text;
}

const LABEL_SPECIAL = ' .;()@$"';

/** The offset after the uncompressed name at wire[at]; -1 when it is no name or passes `end`. */
export function nameEnd(wire: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const length = wire[i];
    if (length === 0) return i + 1 - at <= MAX_NAME ? i + 1 : -1;
    if (length > MAX_LABEL) return -1;
    i += length + 1;
  }
  return -1;
}
