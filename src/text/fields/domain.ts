/** Domain names inside RDATA: relative to the origin when read, absolute when printed. */

import { MAX_NAME } from "../../wire/name.ts";
import type { Field } from "../field.ts";
import { nameEnd, nameToText, nameToWire } from "../name.ts";
import type { Scanner } from "../scanner.ts";
import { MAX_RDATA, type WireBuffer } from "../wirebuffer.ts";

/** A relative name as far as it is read before it is found too long, and its origin. */
const NAME_ROOM = 2 * (MAX_NAME + 1);

/** A domain name, uncompressed in wire form. */
export function domainName(label: string): Field {
  return { label, read: (input, out) => readName(input, out, label), print: printName };
}

/** All the names left in the entry, which may be none (HIP, RFC 8005 §6). */
export function domainNames(label: string): Field {
  return {
    label,
    read(input, out) {
      while (input.next()) appendName(input, out);
    },
    print(rdata, at, end, out) {
      let i = at;
      while (i >= 0 && i < end) i = printName(rdata, i, end, out);
      return i;
    },
  };
}

/** Reads the next token, a name. Throws TextError when it is missing or no name. */
export function readName(input: Scanner, out: WireBuffer, label: string): void {
  input.need(label);
  appendName(input, out);
}

/** Prints the uncompressed name at rdata[at]; the offset after it, or -1 when there is none. */
export function printName(rdata: Uint8Array, at: number, end: number, out: string[]): number {
  const after = nameEnd(rdata, at, end);
  if (after >= 0) out.push(nameToText(rdata, at));
  return after;
}

function appendName(input: Scanner, out: WireBuffer): void {
  // The name is written straight into the buffer, which does not grow by itself.
  out.reserve(Math.min(NAME_ROOM, MAX_RDATA - out.length));
  const length = nameToWire(input.bytes, input.start, input.end, input.origin, out.bytes, out.length);
  if (out.length + length > MAX_RDATA) throw new RangeError(`RDATA is longer than ${MAX_RDATA} octets`);
  out.length += length;
}
