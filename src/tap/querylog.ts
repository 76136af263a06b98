/** An exchange as a line of the query log: one JSON object, and the line's end. */

import { rcodeOf } from "../answer/tapchoice.ts";
import { ipv4ToText, ipv6ToText } from "../text/fields/address.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { nameEnd, nameToText } from "../text/name.ts";
import { Edns } from "../wire/edns.ts";
import { Flag, HEADER, Opcode, Rcode, readU16 } from "../wire/header.ts";
import { classToText, RrClass, RrType, typeToText } from "../wire/rrtype.ts";
import type { TapRecord } from "./ringreader.ts";

const RCODES = new Map<number, string>(Object.entries(Rcode).map(([name, rcode]) => [rcode, name]));
const OPCODES = new Map<number, string>(Object.entries(Opcode).map(([name, opcode]) => [opcode, name]));
/** The flags of a header as dig names them: where they stand, and which bit they are. */
const FLAGS: readonly (readonly [string, number, number])[] = [
  ["aa", 2, Flag.AA],
  ["tc", 2, Flag.TC],
  ["rd", 2, Flag.RD],
  ["ad", 3, Flag.AD],
  ["cd", 3, Flag.CD],
];

/** Makes what writes lines for a POP whose addresses are numbered as in `listen`. */
export function queryLine(pop: string, listen: readonly Listen[]): (record: TapRecord) => string {
  const servers = listen.map(listenToText);
  const edns = new Edns();
  return (record) => {
    const { address, port, query, reply, time, microseconds } = record;
    const opcode = (query[2] >>> 3) & 0xf;
    const rcode = rcodeOf(reply, reply.length);
    const line = {
      time: new Date(time).toISOString(),
      pop,
      client: addressToText(address),
      port,
      server: servers[record.asked],
      transport: transportOf(record),
      id: readU16(query, 0),
      ...(opcode === Opcode.QUERY ? {} : { opcode: OPCODES.get(opcode) ?? `OPCODE${opcode}` }),
      ...questionOf(query),
      ...(readEdns(query, edns) ? { edns: edns.udpSize, do: edns.dnssecOk } : {}),
      rcode: RCODES.get(rcode) ?? `RCODE${rcode}`,
      flags: FLAGS.filter(([, at, bit]) => (reply[at] & bit) !== 0).map(([name]) => name),
      answers: readU16(reply, 6),
      query: query.length,
      reply: reply.length,
      us: Math.round(microseconds * 10) / 10,
    };
    return `${JSON.stringify(line)}\n`;
  };
}

function addressToText(address: Uint8Array): string {
  return address.length === 4 ? ipv4ToText(address, 0) : ipv6ToText(address, 0);
}

function transportOf({ stream, encrypted }: TapRecord): string {
  if (encrypted) return "tls";
  return stream ? "tcp" : "udp";
}

/** What was asked; nothing where there is no one question that can be read. */
function questionOf(query: Uint8Array): { qname?: string; qtype?: string; qclass?: string } {
  const end = questionEnd(query);
  if (end < 0) return {};
  const rrclass = readU16(query, end - 2);
  return {
    qname: nameToText(query, HEADER),
    qtype: typeToText(readU16(query, end - 4)),
    // Nearly all are of one class: it is named where it is another.
    ...(rrclass === RrClass.IN ? {} : { qclass: classToText(rrclass) }),
  };
}

/** The offset after the question; -1 when there is none, or more than one. */
function questionEnd(query: Uint8Array): number {
  if (readU16(query, 4) !== 1) return -1;
  const at = nameEnd(query, HEADER, query.length);
  return at < 0 || at + 4 > query.length ? -1 : at + 4;
}

/** Reads the OPT where queries have it: the first record behind the question. False when it is not there. */
function readEdns(query: Uint8Array, edns: Edns): boolean {
  edns.clear();
  const at = questionEnd(query);
  if (at < 0 || at + 11 > query.length || readU16(query, 6) !== 0 || readU16(query, 8) !== 0) return false;
  if (query[at] !== 0 || readU16(query, at + 1) !== RrType.OPT) return false;
  return edns.read(query, at + 1, Math.min(query.length, at + 11 + readU16(query, at + 9)));
}
