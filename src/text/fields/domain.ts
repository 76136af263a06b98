/** Domain names inside RDATA: relative to the origin when read, absolute when printed. */

import type { Field } from "../field.ts";
import { nameEnd, nameToText, nameToWire } from "../name.ts";
import type { Scanner } from "../scanner.ts";
import { MAX_RDATA, type WireBuffer } from "../wirebuffer.ts";

/** A name of a type of RFC 1035, which messages may compress (RFC 3597 §4). */
export function compressibleName(label: string): Field {
  return { label, name: "compressible", read: (input, out) => readName(input, out, label), print: printName };
}

/** A name of a later type, which messages never compress (RFC 3597 §4). */
export function plainName(label: string): Field {
  return { label, name: "plain", read: (input, out) => readName(input, out, label), print: printName };
}

/** All the names left in the entry, which may be none (HIP, RFC 8005 §6). */
export function plainNames(label: string): Field {
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
  const length = nameToWire(input.bytes, input.start, input.end, input.origin, out.bytes, out.length);
  if (out.length + length > MAX_RDATA) throw new RangeError(`RDATA is longer than ${MAX_RDATA} octets`);
  out.length += length;
}
