/**
 * A6 (RFC 2874 §3.1): the length of the prefix in bits, the address suffix in as many octets as the other bits need
 * (none for a prefix of 128), and the name of the prefix (none for a prefix of 0).
 */

import type { Field } from "../field.ts";
import { ipv6At, ipv6ToText } from "./address.ts";
import { printName, readName } from "./domain.ts";
import { failExpected } from "./expected.ts";
import { needNumber } from "./number.ts";

const BITS = 128;
const OCTETS = 16;

export const a6: Field = {
  label: "prefix length",
  read(input, out) {
    const prefix = needNumber(input, BITS, this.label);
    out.u8(prefix);
    if (prefix < BITS) {
      const address = new Uint8Array(OCTETS);
      input.need("address suffix");
      if (!ipv6At(input.bytes, input.start, input.end, address)) failExpected(input, "an IPv6 address");
      const first = prefix >> 3;
      // The bits that the prefix gives are sent as zero.
      address[first] &= 0xff >> (prefix & 7);
      out.append(address.subarray(first));
    }
    if (prefix > 0) readName(input, out, "prefix name");
  },
  print(rdata, at, end, out) {
    const prefix = rdata[at];
    if (at >= end || prefix > BITS) return -1;
    out.push(String(prefix));
    const first = prefix >> 3;
    const after = at + 1 + OCTETS - first;
    if (after > end) return -1;
    if (prefix < BITS) {
      if ((rdata[at + 1] & ~(0xff >> (prefix & 7))) !== 0) return -1;
      const address = new Uint8Array(OCTETS);
      address.set(rdata.subarray(at + 1, after), first);
      out.push(ipv6ToText(address, 0));
    }
    return prefix > 0 ? printName(rdata, after, end, out) : after;
  },
};
