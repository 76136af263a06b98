/** CAA's tag: a length octet and 1 to 255 letters and digits, never quoted (RFC 8659 §4.1). */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";
import { appendString } from "./string.ts";

const TAG = /^[A-Za-z0-9]+$/;

export const caaTag: Field = {
  label: "tag",
  read(input, out) {
    input.need(this.label);
    if (!TAG.test(input.text())) failExpected(input, "letters and digits as tag");
    appendString(input, out);
  },
  print(rdata, at, end, out) {
    const after = at + 1 + rdata[at];
    if (at >= end || after > end) return -1;
    const tag = String.fromCharCode(...rdata.subarray(at + 1, after));
    if (!TAG.test(tag)) return -1;
    out.push(tag);
    return after;
  },
};
