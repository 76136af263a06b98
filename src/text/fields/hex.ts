/** Octets in hex (RFC 4648 §8), where the RDATA ends with them or a length octet goes before them. */

import { TextError } from "../error.ts";
import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { hexDigit } from "./address.ts";
import { failExpected } from "./expected.ts";

const MAX_COUNTED = 255;

/** Reads the tokens left in the entry as one run of hex digits; how many octets it made. Throws TextError. */
export function readHexRest(input: Scanner, out: WireBuffer, label: string): number {
  const from = out.length;
  let high = -1;
  let last = input.start;
  while (input.next()) {
    last = input.start;
    for (let i = input.start; i < input.end; i++) {
      const digit = hexDigit(input.bytes[i]);
      if (digit < 0) failExpected(input, `hex digits as ${label}`);
      if (high < 0) high = digit;
      else {
        out.u8((high << 4) | digit);
        high = -1;
      }
    }
  }
  if (high >= 0) throw new TextError(last, `an odd number of hex digits as ${label}`);
  return out.length - from;
}

/** Reads the current token as hex digits. Throws TextError. */
export function appendHexToken(input: Scanner, out: WireBuffer, label: string): void {
  const { bytes, start, end } = input;
  if ((end - start) % 2 === 1) input.fail(`an odd number of hex digits as ${label}`);
  for (let i = start; i < end; i += 2) {
    const high = hexDigit(bytes[i]);
    const low = hexDigit(bytes[i + 1]);
    if (high < 0 || low < 0) failExpected(input, `hex digits as ${label}`);
    out.u8((high << 4) | low);
  }
}

/** rdata[at, end) in upper-case hex. */
export function hexText(rdata: Uint8Array, at: number, end: number): string {
  return Buffer.from(rdata.buffer, rdata.byteOffset + at, end - at)
    .toString("hex")
    .toUpperCase();
}

/** The rest of the RDATA in hex, at least one octet; the text may be split into several tokens. */
export function restHex(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      input.unread();
      if (readHexRest(input, out, label) === 0) input.fail(`an empty ${label}`);
    },
    print(rdata, at, end, out) {
      if (at >= end) return -1;
      out.push(hexText(rdata, at, end));
      return end;
    },
  };
}

/** A length octet and that many octets in hex; "-" when there are none (NSEC3's salt, RFC 5155 §3.3). */
export function countedHex(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      const at = out.length;
      out.u8(0);
      if (input.end - input.start === 1 && input.bytes[input.start] === 0x2d) return;
      appendHexToken(input, out, label);
      const length = out.length - at - 1;
      if (length === 0) failExpected(input, `hex digits or "-" as ${label}`);
      if (length > MAX_COUNTED) input.fail(`a ${label} of ${length} octets, over ${MAX_COUNTED}`);
      out.bytes[at] = length;
    },
    print(rdata, at, end, out) {
      if (at >= end) return -1;
      const after = at + 1 + rdata[at];
      if (after > end) return -1;
      out.push(after === at + 1 ? "-" : hexText(rdata, at + 1, after));
      return after;
    },
  };
}
