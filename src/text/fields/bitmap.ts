/** The type bitmap of NSEC, NSEC3 and CSYNC: windows of 256 types (RFC 4034 §4.1.2). */

import { typeToText } from "../../wire/rrtype.ts";
import type { Field } from "../field.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { typeFromToken } from "./mnemonic.ts";

const MAX_WINDOW = 32;

/** A bitmap with at least one type (NSEC). */
export const typeBitmap: Field = {
  label: "type bitmap",
  read(input, out) {
    input.need(this.label);
    input.unread();
    possiblyEmptyTypeBitmap.read(input, out);
  },
  print: (rdata, at, end, out) => (at >= end ? -1 : printBitmap(rdata, at, end, out)),
};

/** A bitmap that may have no type (NSEC3, RFC 5155 §3.2.1; CSYNC, RFC 7477 §2.1.1.2.1). */
export const possiblyEmptyTypeBitmap: Field = {
  label: "type bitmap",
  read(input, out) {
    const types = new Set<number>();
    while (input.next()) types.add(typeFromToken(input));
    appendBitmap(
      [...types].sort((a, b) => a - b),
      out,
    );
  },
  print: printBitmap,
};

function appendBitmap(types: readonly number[], out: WireBuffer): void {
  let i = 0;
  while (i < types.length) {
    const window = types[i] >> 8;
    const bits = new Uint8Array(MAX_WINDOW);
    let length = 0;
    for (; i < types.length && types[i] >> 8 === window; i++) {
      const low = types[i] & 0xff;
      bits[low >> 3] |= 0x80 >> (low & 7);
      length = (low >> 3) + 1;
    }
    out.u8(window);
    out.u8(length);
    out.append(bits.subarray(0, length));
  }
}

/** -1 as well where windows are out of order, empty, or end with a zero octet: RFC 4034 §4.1.2 forbids them. */
function printBitmap(rdata: Uint8Array, at: number, end: number, out: string[]): number {
  let previous = -1;
  let i = at;
  while (i < end) {
    const window = rdata[i];
    const length = rdata[i + 1];
    const after = i + 2 + length;
    if (i + 2 > end || after > end || window <= previous) return -1;
    if (length === 0 || length > MAX_WINDOW || rdata[after - 1] === 0) return -1;
    pushTypes(rdata, i + 2, after, window << 8, out);
    previous = window;
    i = after;
  }
  return i;
}

/** Prints the types whose bits are set in rdata[at, end), the first of them being number `base`. */
export function pushTypes(rdata: Uint8Array, at: number, end: number, base: number, out: string[]): void {
  for (let bit = 0; bit < (end - at) * 8; bit++) {
    if ((rdata[at + (bit >> 3)] & (0x80 >> (bit & 7))) !== 0) out.push(typeToText(base + bit));
  }
}
