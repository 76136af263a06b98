/**
 * Identifiers of fixed length in hex groups: EUI48 and EUI64 as xx-xx-... (RFC 7043 §3.2, §4.2), NID's node identifier
 * and L64's locator as xxxx:xxxx:xxxx:xxxx (RFC 6742 §2.1.2, §2.3.2).
 */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";

interface Shape {
  readonly label: string;
  readonly article: string;
  readonly groups: number;
  readonly separator: string;
  readonly form: RegExp;
  readonly example: string;
}

function groups(shape: Shape, octets: number): Field {
  const { label, separator } = shape;
  const digits = (octets * 2) / shape.groups;
  return {
    label,
    read(input, out) {
      input.need(label);
      const text = input.text();
      if (!shape.form.test(text)) failExpected(input, `${shape.article} ${label} like ${shape.example}`);
      for (const group of text.split(separator)) {
        const hex = group.padStart(digits, "0");
        for (let i = 0; i < digits; i += 2) out.u8(Number.parseInt(hex.slice(i, i + 2), 16));
      }
    },
    print(rdata, at, end, out) {
      if (at + octets > end) return -1;
      const hex = Buffer.from(rdata.subarray(at, at + octets)).toString("hex");
      const parts: string[] = [];
      for (let i = 0; i < hex.length; i += digits) parts.push(hex.slice(i, i + digits));
      out.push(parts.join(separator));
      return at + octets;
    },
  };
}

const HYPHENS = "-";
const COLONS = ":";
const COLON_GROUPS = /^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i;
const COLON_EXAMPLE = "2001:db8:1140:1000";

export const eui48: Field = groups(
  {
    label: "EUI-48 address",
    article: "an",
    groups: 6,
    separator: HYPHENS,
    form: /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i,
    example: "00-00-5e-00-53-2a",
  },
  6,
);

export const eui64: Field = groups(
  {
    label: "EUI-64 address",
    article: "an",
    groups: 8,
    separator: HYPHENS,
    form: /^[0-9a-f]{2}(-[0-9a-f]{2}){7}$/i,
    example: "00-00-5e-ef-10-00-00-2a",
  },
  8,
);

export const nodeId: Field = groups(
  { label: "node identifier", article: "a", groups: 4, separator: COLONS, form: COLON_GROUPS, example: COLON_EXAMPLE },
  8,
);

export const locator64: Field = groups(
  { label: "64-bit locator", article: "a", groups: 4, separator: COLONS, form: COLON_GROUPS, example: COLON_EXAMPLE },
  8,
);
