/** A question of ours as octets, and whether octets that come are its answer. */

import { absoluteName, nameToText } from "../../text/name.ts";
import { OPT_FIXED, Option } from "../../wire/edns.ts";
import { Flag, HEADER, readU16, writeU16 } from "../../wire/header.ts";
import { RrClass, RrType, typeFromText, typeToText } from "../../wire/rrtype.ts";

/** The payload that we take over UDP. */
const PAYLOAD = 1232;
/** Options that every query has: who answers (RFC 5001). */
const NSID_ALONE: readonly number[] = [Option.NSID];
/** Code and length of an option without data. */
const EMPTY_OPTION = 4;

export interface Question {
  /** "company.example. SOA", for people. */
  readonly text: string;
  readonly type: number;
  /** As in a message (RFC 1035 §4.1.2): name, type, class. */
  readonly wire: Uint8Array;
  /** Codes of the EDNS options that are asked for, without data; NSID alone, unless it is said. */
  readonly options?: readonly number[];
}

/** A question in class IN; the type is a mnemonic, or TYPEnnn. Throws TextError for a name that is none. */
export function question(name: string, type: string, rrclass: number = RrClass.IN): Question {
  const owner = absoluteName(name);
  const code = typeFromText(type);
  const wire = new Uint8Array(owner.length + 4);
  wire.set(owner);
  writeU16(wire, owner.length, code);
  writeU16(wire, owner.length + 2, rrclass);
  return { text: `${nameToText(owner)} ${typeToText(code)}`, type: code, wire };
}

/** Who a server is (RFC 4892). */
export function identityQuestion(): Question {
  return question("id.server", "TXT", RrClass.CH);
}

/** A query with EDNS. */
export function queryOf({ wire, options = NSID_ALONE }: Question, id: number): Uint8Array {
  const query = new Uint8Array(HEADER + wire.length + OPT_FIXED + options.length * EMPTY_OPTION);
  writeU16(query, 0, id);
  // QDCOUNT and ARCOUNT.
  query[5] = 1;
  query[11] = 1;
  query.set(wire, HEADER);
  // RFC 6891 §6.1.2: root, type, payload, four octets of flags, RDLENGTH.
  const opt = HEADER + wire.length;
  writeU16(query, opt + 1, RrType.OPT);
  writeU16(query, opt + 3, PAYLOAD);
  writeU16(query, opt + 9, options.length * EMPTY_OPTION);
  for (const [i, code] of options.entries()) writeU16(query, opt + OPT_FIXED + i * EMPTY_OPTION, code);
  return query;
}

/** RFC 5452 §4: only what has the ID and the question of the query is its answer. */
export function isAnswer(reply: Uint8Array, { wire }: Question, id: number): boolean {
  if (reply.length < HEADER + wire.length || (reply[2] & Flag.QR) === 0) return false;
  return readU16(reply, 0) === id && wire.every((octet, i) => octet === reply[HEADER + i]);
}
