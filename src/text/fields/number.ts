/** Unsigned numbers in decimal (RFC 1035 §5.1), and the times of SOA that may carry units. */

import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import { ttlFromToken } from "../ttl.ts";
import { failExpected } from "./expected.ts";

/** The decimal number in bytes[start, end); -1 when it is none or over `max` (at most 2^32-1). */
export function numberAt(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (start === end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** Moves to the next token, a number from 0 to `max`. Throws TextError when it is missing or something else. */
export function needNumber(input: Scanner, max: number, label: string): number {
  input.need(label);
  const value = numberAt(input.bytes, input.start, input.end, max);
  if (value < 0) failExpected(input, `a number from 0 to ${max} as ${label}`);
  return value;
}

export function u8(label: string): Field {
  return {
    label,
    read: (input, out) => out.u8(needNumber(input, 0xff, label)),
    print(rdata, at, end, out) {
      if (at + 1 > end) return -1;
      out.push(String(rdata[at]));
      return at + 1;
    },
  };
}

export function u16(label: string): Field {
  return {
    label,
    read: (input, out) => out.u16(needNumber(input, 0xffff, label)),
    print(rdata, at, end, out) {
      if (at + 2 > end) return -1;
      out.push(String(u16At(rdata, at)));
      return at + 2;
    },
  };
}

export function u32(label: string): Field {
  return { label, read: (input, out) => out.u32(needNumber(input, 0xffff_ffff, label)), print: printU32 };
}

/** A time in seconds that may be written with units (1h30m); printed as a number. */
export function seconds(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      out.u32(ttlFromToken(input));
    },
    print: printU32,
  };
}

/** A number of 64 bits. */
export function u64(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      const text = input.text();
      const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
      if (value < 0n || value >= 1n << 64n) failExpected(input, `a number of 64 bits as ${label}`);
      out.u32(Number(value >> 32n));
      out.u32(Number(value & 0xffff_ffffn));
    },
    print(rdata, at, end, out) {
      if (at + 8 > end) return -1;
      out.push(String((BigInt(u32At(rdata, at)) << 32n) | BigInt(u32At(rdata, at + 4))));
      return at + 8;
    },
  };
}

/** The 16-bit number at rdata[at], in network byte order. */
export function u16At(rdata: Uint8Array, at: number): number {
  return (rdata[at] << 8) | rdata[at + 1];
}

/** The 32-bit number at rdata[at], in network byte order, never negative. */
export function u32At(rdata: Uint8Array, at: number): number {
  return u16At(rdata, at) * 0x1_0000 + u16At(rdata, at + 2);
}

function printU32(rdata: Uint8Array, at: number, end: number, out: string[]): number {
  if (at + 4 > end) return -1;
  out.push(String(u32At(rdata, at)));
  return at + 4;
}
