/** DOA's data: base64 to the end of the RDATA, "-" when there is none (draft-durand-doa-over-dns-03 §3.2). */

import type { Field } from "../field.ts";
import { base64Text, readBase64Rest } from "./base64.ts";

const HYPHEN = 0x2d;

export const doaData: Field = {
  label: "data",
  read(input, out) {
    input.need(this.label);
    if (input.end - input.start === 1 && input.bytes[input.start] === HYPHEN) return;
    input.unread();
    if (readBase64Rest(input, out, this.label) === 0) input.fail('empty data; write "-" for none');
  },
  print(rdata, at, end, out) {
    out.push(at === end ? "-" : base64Text(rdata, at, end));
    return end;
  },
};
