/** Signature times of RRSIG and SIG: YYYYMMDDHHmmSS in UTC, or seconds since 1970 (RFC 4034 §3.2). */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";
import { numberAt, u32At } from "./number.ts";

const MAX_TIME = 0xffff_ffff;
const DATE = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

export function signatureTime(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      const time =
        input.end - input.start === 14
          ? secondsFromDate(input.text())
          : numberAt(input.bytes, input.start, input.end, MAX_TIME);
      if (time < 0) failExpected(input, `YYYYMMDDHHmmSS or seconds since 1970 as ${label}`);
      out.u32(time);
    },
    print(rdata, at, end, out) {
      if (at + 4 > end) return -1;
      out.push(new Date(u32At(rdata, at) * 1000).toISOString().replace(/[-:T]/g, "").slice(0, 14));
      return at + 4;
    },
  };
}

/** Seconds since 1970 of a date in UTC; -1 when it is no date or does not fit 32 bits. */
function secondsFromDate(text: string): number {
  const parts = DATE.exec(text);
  if (parts === null) return -1;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries a 32nd of January over to February; a date that changes when written back was none.
  if (new Date(millis).toISOString().replace(/[-:T]/g, "").slice(0, 14) !== text) return -1;
  const time = millis / 1000;
  return time >= 0 && time <= MAX_TIME ? time : -1;
}
