/** The type bitmap of NXT, which only knows the types 1 to 127 (RFC 2535 §5.2). */

import type { Field } from "../field.ts";
import { pushTypes } from "./bitmap.ts";
import { typeFromToken } from "./mnemonic.ts";

const LAST_TYPE = 127;

export const nxtBitmap: Field = {
  label: "type bitmap",
  read(input, out) {
    const bits = new Uint8Array((LAST_TYPE + 1) / 8);
    let length = 0;
    while (input.next()) {
      const type = typeFromToken(input);
      if (type === 0 || type > LAST_TYPE) input.fail(`type ${type} does not fit NXT, which has the types 1 to 127`);
      bits[type >> 3] |= 0x80 >> (type & 7);
      length = Math.max(length, (type >> 3) + 1);
    }
    out.append(bits.subarray(0, length));
  },
  print(rdata, at, end, out) {
    const length = end - at;
    // Bit 0 would announce a bitmap of another format, which was never specified.
    if (length > (LAST_TYPE + 1) / 8 || (length > 0 && (rdata[at] >= 0x80 || rdata[end - 1] === 0))) return -1;
    pushTypes(rdata, at, end, 0, out);
    return end;
  },
};
