/** NSAP addresses: "0x" and hex digits, with dots anywhere between them for the reader's eye (RFC 1706 §5). */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";
import { hexText } from "./hex.ts";

export const nsap: Field = {
  label: "NSAP address",
  read(input, out) {
    input.need(this.label);
    const parts = /^0x([0-9a-f.]+)$/i.exec(input.text());
    const digits = parts === null ? "" : parts[1].replaceAll(".", "");
    if (digits === "") failExpected(input, "an NSAP address like 0x47.0005");
    if (digits.length % 2 === 1) input.fail("an odd number of hex digits as NSAP address");
    for (let i = 0; i < digits.length; i += 2) out.u8(Number.parseInt(digits.slice(i, i + 2), 16));
  },
  print(rdata, at, end, out) {
    if (at >= end) return -1;
    out.push(`0x${hexText(rdata, at, end).toLowerCase()}`);
    return end;
  },
};
