/**
 * HIP's host identity tag and public key (RFC 8005 §5, §6): on the wire two lengths and the algorithm come first, in
 * text the algorithm, the tag in hex and the key in base64, each one token.
 */

import type { Field } from "../field.ts";
import { appendBase64, base64Text } from "./base64.ts";
import { appendHexToken, hexText } from "./hex.ts";
import { needNumber, u16At } from "./number.ts";

const HEAD = 4;
const MAX_TAG = 255;
const TAG = "host identity tag";
const KEY = "public key";

export const hostIdentity: Field = {
  label: "public key algorithm",
  read(input, out) {
    const at = out.length;
    out.u8(0);
    out.u8(needNumber(input, 255, this.label));
    out.u16(0);
    input.need(TAG);
    appendHexToken(input, out, TAG);
    const tag = out.length - at - HEAD;
    if (tag === 0 || tag > MAX_TAG) input.fail(`a ${TAG} of ${tag} octets, not 1 to ${MAX_TAG}`);
    input.need(KEY);
    appendBase64(input, input.start, input.end, out, KEY);
    const key = out.length - at - HEAD - tag;
    if (key === 0) input.fail(`an empty ${KEY}`);
    out.bytes[at] = tag;
    out.bytes[at + 2] = key >> 8;
    out.bytes[at + 3] = key & 0xff;
  },
  print(rdata, at, end, out) {
    if (at + HEAD > end) return -1;
    const keyAt = at + HEAD + rdata[at];
    const after = keyAt + u16At(rdata, at + 2);
    if (after > end || keyAt === at + HEAD || after === keyAt) return -1;
    out.push(String(rdata[at + 1]), hexText(rdata, at + HEAD, keyAt), base64Text(rdata, keyAt, after));
    return after;
  },
};
