/** Character-strings: a length octet and up to 255 octets (RFC 1035 §3.3), quoted or not, with escapes (§5.1). */

import { escapedOctet, escapeLength, octetToText } from "../escape.ts";
import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { failExpected } from "./expected.ts";

const BACKSLASH = 92;
const MAX_STRING = 255;

/** Appends the text in bytes[start, end), escapes resolved, without a length. Throws TextError for a bad escape. */
export function appendText(bytes: Uint8Array, start: number, end: number, out: WireBuffer): void {
  let i = start;
  while (i < end) {
    if (bytes[i] === BACKSLASH) {
      out.u8(escapedOctet(bytes, i, end));
      i += escapeLength(bytes, i);
    } else out.u8(bytes[i++]);
  }
}

/** Appends the current token as a character-string. Throws TextError when it is over 255 octets. */
export function appendString(input: Scanner, out: WireBuffer): void {
  const at = out.length;
  out.u8(0);
  appendText(input.bytes, input.start, input.end, out);
  const length = out.length - at - 1;
  if (length > MAX_STRING) input.fail(`a character-string of ${length} octets, over ${MAX_STRING}`);
  out.bytes[at] = length;
}

/** rdata[at, end) in quotes, with the escapes that reading it back needs. */
export function quotedText(rdata: Uint8Array, at: number, end: number): string {
  let text = '"';
  for (let i = at; i < end; i++) text += octetToText(rdata[i], '"');
  return `${text}"`;
}

/** Prints the character-string at rdata[at]; the offset after it, or -1 when it passes `end`. */
export function printString(rdata: Uint8Array, at: number, end: number, out: string[]): number {
  if (at >= end) return -1;
  const after = at + 1 + rdata[at];
  if (after > end) return -1;
  out.push(quotedText(rdata, at + 1, after));
  return after;
}

/** One character-string. */
export function characterString(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      appendString(input, out);
    },
    print: printString,
  };
}

/** A character-string of four digits or more: X25's address (RFC 1183 §3.1). */
export const x25Address: Field = {
  label: "PSDN address",
  read(input, out) {
    input.need(this.label);
    if (!/^\d{4,}$/.test(input.text())) failExpected(input, "four digits or more as PSDN address");
    appendString(input, out);
  },
  print(rdata, at, end, out) {
    const after = printString(rdata, at, end, out);
    return after >= 0 && /^"\d{4,}"$/.test(out[out.length - 1]) ? after : -1;
  },
};

/** A character-string that may be left out at the end of the RDATA (ISDN's subaddress, RFC 1183 §3.2). */
export function optionalString(label: string): Field {
  return {
    label,
    read(input, out) {
      if (input.next()) appendString(input, out);
    },
    print: (rdata, at, end, out) => (at === end ? at : printString(rdata, at, end, out)),
  };
}

/** One or more character-strings, up to the end of the RDATA (TXT, RFC 1035 §3.3.14). */
export function characterStrings(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      do appendString(input, out);
      while (input.next());
    },
    print(rdata, at, end, out) {
      let i = printString(rdata, at, end, out);
      while (i >= 0 && i < end) i = printString(rdata, i, end, out);
      return i;
    },
  };
}

/** The rest of the RDATA as one text of any length, no length octet (CAA's value, RFC 8659 §4.1; URI's target). */
export function restText(label: string, least: number): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      const from = out.length;
      appendText(input.bytes, input.start, input.end, out);
      if (out.length - from < least) input.fail(`an empty ${label}`);
    },
    print(rdata, at, end, out) {
      if (end - at < least) return -1;
      out.push(quotedText(rdata, at, end));
      return end;
    },
  };
}
