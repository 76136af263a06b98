/**
 * The values of the service parameters of SVCB and HTTPS (RFC 9460 §7, §8; dohpath RFC 9461 §5; ohttp RFC 9540 §4;
 * tls-supported-groups, IANA registry "DNS SVCB Service Parameter Keys").
 */

import type { WireBuffer } from "../wirebuffer.ts";
import { ipv4At, ipv4ToText, ipv6At, ipv6ToText } from "./address.ts";
import { base64Text } from "./base64.ts";
import { numberAt, u16At } from "./number.ts";
import { quotedText } from "./string.ts";

export interface SvcParamKind {
  readonly name: string;
  /** What a value has to be, for error messages. */
  readonly expects: string;
  /** Appends the wire form of a value whose escapes are resolved; false when it is not what is expected. */
  read(value: Uint8Array, out: WireBuffer): boolean;
  /** The presentation form of wire[at, end), empty where the key has no value; undefined when it is malformed. */
  print(wire: Uint8Array, at: number, end: number): string | undefined;
}

/** Reads one element of a comma-separated list in value[start, end); false when it is wrong. */
type ReadElement = (value: Uint8Array, start: number, end: number, out: WireBuffer) => boolean;

const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** A list of elements without escapes, each of `octets` on the wire (RFC 9460 appendix A.1). */
function list(
  name: string,
  expects: string,
  octets: number,
  read: ReadElement,
  print: (wire: Uint8Array, at: number) => string,
): SvcParamKind {
  return {
    name,
    expects,
    read(value, out) {
      let start = 0;
      for (let i = 0; i <= value.length; i++) {
        if (i < value.length && value[i] !== COMMA) continue;
        if (!read(value, start, i, out)) return false;
        start = i + 1;
      }
      return true;
    },
    print(wire, at, end) {
      if (at === end || (end - at) % octets !== 0) return undefined;
      const elements: string[] = [];
      for (let i = at; i < end; i += octets) elements.push(print(wire, i));
      return elements.join(",");
    },
  };
}

function flag(name: string): SvcParamKind {
  return {
    name,
    expects: "no value",
    read: (value) => value.length === 0,
    print: (_wire, at, end) => (at === end ? "" : undefined),
  };
}

function readNumber(value: Uint8Array, start: number, end: number, out: WireBuffer): boolean {
  const number = numberAt(value, start, end, 0xffff);
  if (number >= 0) out.u16(number);
  return number >= 0;
}

const address = new Uint8Array(16);

/**
 * The list has its own escapes, \, and \\, inside those of the character-string (RFC 9460 §7.1.1, appendix A.1), so a
 * comma of a protocol name is written "\\," in a master file.
 */
const alpn: SvcParamKind = {
  name: "alpn",
  expects: "a list of protocol names of 1 to 255 octets",
  read(value, out) {
    let at = out.length;
    out.u8(0);
    for (let i = 0; i <= value.length; i++) {
      if (i === value.length || value[i] === COMMA) {
        const length = out.length - at - 1;
        if (length === 0 || length > 255) return false;
        out.bytes[at] = length;
        at = out.length;
        if (i < value.length) out.u8(0);
        continue;
      }
      if (value[i] === BACKSLASH) i++;
      if (i === value.length) return false;
      out.u8(value[i]);
    }
    return true;
  },
  print(wire, at, end) {
    if (at === end) return undefined;
    const text: number[] = [];
    let i = at;
    while (i < end) {
      const after = i + 1 + wire[i];
      if (wire[i] === 0 || after > end) return undefined;
      if (i > at) text.push(COMMA);
      for (const octet of wire.subarray(i + 1, after)) {
        if (octet === COMMA || octet === BACKSLASH) text.push(BACKSLASH);
        text.push(octet);
      }
      i = after;
    }
    return quotedText(Uint8Array.from(text), 0, text.length);
  },
};

const port: SvcParamKind = {
  name: "port",
  expects: "a number from 0 to 65535",
  read: (value, out) => readNumber(value, 0, value.length, out),
  print: (wire, at, end) => (end - at === 2 ? String(u16At(wire, at)) : undefined),
};

const ech: SvcParamKind = {
  name: "ech",
  expects: "base64",
  read(value, out) {
    const text = String.fromCharCode(...value);
    const octets = Buffer.from(text, "base64");
    out.append(octets);
    // Buffer skips what is no base64; what it read is right when it gives the same text back.
    return octets.length > 0 && octets.toString("base64") === text;
  },
  print: (wire, at, end) => (at === end ? undefined : base64Text(wire, at, end)),
};

/** A relative URI template with the variable "dns", in UTF-8. */
function isDohPath(value: Uint8Array): boolean {
  try {
    return /^\/.*\{[^{}]*\bdns\b[^{}]*\}/.test(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return false;
  }
}

const dohpath: SvcParamKind = {
  name: "dohpath",
  expects: 'a URI template like "/dns-query{?dns}"',
  read(value, out) {
    out.append(value);
    return isDohPath(value);
  },
  print: (wire, at, end) => (isDohPath(wire.subarray(at, end)) ? quotedText(wire, at, end) : undefined),
};

export const MANDATORY = 0;
export const ALPN = 1;
export const NO_DEFAULT_ALPN = 2;

/** Keys other than "mandatory", which has to know the names of the others (svcb.ts). */
export const kindByKey: ReadonlyMap<number, SvcParamKind> = new Map([
  [ALPN, alpn],
  [NO_DEFAULT_ALPN, flag("no-default-alpn")],
  [3, port],
  [
    4,
    list(
      "ipv4hint",
      "a list of IPv4 addresses",
      4,
      (value, start, end, out) => {
        const quad = ipv4At(value, start, end);
        if (quad >= 0) out.u32(quad);
        return quad >= 0;
      },
      ipv4ToText,
    ),
  ],
  [5, ech],
  [
    6,
    list(
      "ipv6hint",
      "a list of IPv6 addresses",
      16,
      (value, start, end, out) => {
        const good = ipv6At(value, start, end, address);
        out.append(address);
        return good;
      },
      ipv6ToText,
    ),
  ],
  [7, dohpath],
  [8, flag("ohttp")],
  [9, list("tls-supported-groups", "a list of numbers", 2, readNumber, (wire, at) => String(u16At(wire, at)))],
]);
