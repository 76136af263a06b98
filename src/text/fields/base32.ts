/** NSEC3's next hashed owner name: a length octet and the hash, in base32hex without padding (RFC 5155 §3.3). */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
const MAX_HASH = 255;

export const nextHashedOwner: Field = {
  label: "next hashed owner name",
  read(input, out) {
    input.need(this.label);
    const at = out.length;
    out.u8(0);
    let bits = 0;
    let held = 0;
    for (const char of input.text().toUpperCase()) {
      const value = ALPHABET.indexOf(char);
      if (value < 0) failExpected(input, `base32hex as ${this.label}`);
      bits = ((bits << 5) | value) & 0xfff;
      held += 5;
      if (held >= 8) {
        held -= 8;
        out.u8((bits >>> held) & 0xff);
      }
    }
    const length = out.length - at - 1;
    if (held >= 5 || (bits & ((1 << held) - 1)) !== 0) input.fail("base32hex that does not end on a whole octet");
    if (length === 0) failExpected(input, `base32hex as ${this.label}`);
    if (length > MAX_HASH) input.fail(`a hash of ${length} octets, over ${MAX_HASH}`);
    out.bytes[at] = length;
  },
  print(rdata, at, end, out) {
    const after = at + 1 + rdata[at];
    if (at >= end || after > end || rdata[at] === 0) return -1;
    out.push(base32Text(rdata, at + 1, after));
    return after;
  },
};

/** rdata[at, end) in upper-case base32hex without padding (RFC 4648 §7). */
export function base32Text(rdata: Uint8Array, at: number, end: number): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (let i = at; i < end; i++) {
    bits = ((bits << 8) | rdata[i]) & 0xfff;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += ALPHABET[(bits >>> held) & 31];
    }
  }
  return held > 0 ? text + ALPHABET[(bits << (5 - held)) & 31] : text;
}
