/**
 * What a reply says, as far as probes look at it. Read here by hand: of the time that a question takes the main thread,
 * dns-packet took a quarter (30 µs for each reply, measured at the pace of probes).
 */

import { Option } from "../../wire/edns.ts";
import { Flag, HEADER, Rcode, readU16, readU32 } from "../../wire/header.ts";
import { RrType } from "../../wire/rrtype.ts";

export interface Reply {
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  /** Who says that he answers (RFC 5001). */
  readonly nsid: string | undefined;
  /** The text of the first TXT record, and the serial of the first SOA record, of the answer section. */
  readonly txt: string | undefined;
  readonly serial: number | undefined;
  /** Whether there is a record of the type in the answer section. */
  has(type: number): boolean;
  /** The data of an EDNS option. */
  option(code: number): Uint8Array | undefined;
}

interface Found {
  readonly type: number;
  /** Where its RDATA begins and ends. */
  readonly from: number;
  readonly to: number;
}

const RCODES: ReadonlyMap<number, string> = new Map(Object.entries(Rcode).map(([name, code]) => [code, name]));
/** Type, class, TTL and RDLENGTH of a record (RFC 1035 §4.1.3), type and class of a question. */
const RECORD_FIXED = 10;
const QUESTION_FIXED = 4;
/** RFC 1035 §4.1.4: two octets that lead to the rest of a name. */
const POINTER = 0xc0;

/** Reads a reply; undefined for octets that are no message. */
export function readReply(octets: Uint8Array): Reply | undefined {
  try {
    return reply(octets);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function reply(octets: Uint8Array): Reply {
  if (octets.length < HEADER) throw new RangeError("shorter than a header");
  let at = HEADER;
  for (let left = readU16(octets, 4); left > 0; left--) at = within(octets, afterName(octets, at) + QUESTION_FIXED);
  const records: Found[] = [];
  const counts = [readU16(octets, 6), readU16(octets, 8), readU16(octets, 10)];
  const ends = counts.map((count) => {
    for (let left = count; left > 0; left--) {
      const record = recordAt(octets, at);
      records.push(record);
      at = record.to;
    }
    return records.length;
  });
  const answers = records.slice(0, ends[0]);
  const first = (type: number, among: readonly Found[]) => among.find((record) => record.type === type);
  const [txt, soa] = [first(RrType.TXT, answers), first(RrType.SOA, answers)];
  const opt = first(RrType.OPT, records.slice(ends[1]));
  const rcode = octets[3] & 0x0f;
  return {
    rcode: RCODES.get(rcode) ?? `RCODE_${rcode}`,
    authoritative: (octets[2] & Flag.AA) !== 0,
    truncated: (octets[2] & Flag.TC) !== 0,
    nsid: opt && textOfOption(optionOf(octets, opt, Option.NSID)),
    txt: txt && textOf(octets, txt),
    serial: soa && serialOf(octets, soa),
    has: (type) => first(type, answers) !== undefined,
    option: (code) => opt && optionOf(octets, opt, code),
  };
}

function recordAt(octets: Uint8Array, start: number): Found {
  const fixed = afterName(octets, start);
  const from = within(octets, fixed + RECORD_FIXED);
  return { type: readU16(octets, fixed), from, to: within(octets, from + readU16(octets, from - 2)) };
}

/** The offset after a name, which may end in a pointer. */
function afterName(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[within(octets, at + 1) - 1] !== 0) {
    if (octets[at] >= POINTER) return within(octets, at + 2);
    at += octets[at] + 1;
  }
  return at + 1;
}

/** An offset that is not after the end. */
function within(octets: Uint8Array, at: number): number {
  if (at > octets.length) throw new RangeError("shorter than it says");
  return at;
}

/** RFC 1035 §3.3.14: strings, each after its length; all of them as one. */
function textOf(octets: Uint8Array, { from, to }: Found): string {
  const parts: Uint8Array[] = [];
  for (let at = from; at < to; at += octets[at] + 1) parts.push(octets.subarray(at + 1, at + 1 + octets[at]));
  return Buffer.concat(parts).toString();
}

/** RFC 1035 §3.3.13: it follows two names. */
function serialOf(octets: Uint8Array, { from }: Found): number {
  const at = afterName(octets, afterName(octets, from));
  within(octets, at + 4);
  return readU32(octets, at);
}

/** RFC 6891 §6.1.2: options, each after its code and length. */
function optionOf(octets: Uint8Array, { from, to }: Found, code: number): Uint8Array | undefined {
  for (let at = from; at + 4 <= to; at += 4 + readU16(octets, at + 2)) {
    if (readU16(octets, at) === code) return octets.subarray(at + 4, Math.min(to, at + 4 + readU16(octets, at + 2)));
  }
  return undefined;
}

function textOfOption(data: Uint8Array | undefined): string | undefined {
  return data && Buffer.from(data).toString();
}
