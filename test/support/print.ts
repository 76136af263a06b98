/** A reply as the lines of a transcript. */

import { nameToText } from "../../src/text/name.ts";
import { rdataToText } from "../../src/text/rdata.ts";
import { Option } from "../../src/wire/edns.ts";
import { Rcode, readU16, readU32 } from "../../src/wire/header.ts";
import { classToText, RrClass, RrType, typeToText } from "../../src/wire/rrtype.ts";
import type { Message, Record } from "./message.ts";

const SECTIONS = ["ANSWER", "AUTHORITY", "ADDITIONAL"];
const COLUMN = 12;
/** Signatures say nothing to a reader; their first characters tell them apart. */
const SIGNATURE_SHOWN = 8;

const FLAGS: readonly [string, number][] = [
  ["qr", 0x8000],
  ["aa", 0x0400],
  ["tc", 0x0200],
  ["rd", 0x0100],
  ["ra", 0x0080],
  ["z", 0x0040],
  ["ad", 0x0020],
  ["cd", 0x0010],
];

const rcodes = new Map<number, string>(Object.entries(Rcode).map(([name, code]) => [code, name]));

/** Response code and flags, then the records of each section, then the OPT. */
export function printMessage(message: Message, questionAsked: boolean): string[] {
  const flags = FLAGS.filter(([, bit]) => (message.bits & bit) !== 0).map(([flag]) => flag);
  const opcode = (message.bits >>> 11) & 0xf;
  const head = [rcodes.get(message.rcode) ?? `RCODE${message.rcode}`, ...flags];
  if (opcode !== 0) head.push(`opcode=${opcode}`);
  const lines = [head.join(" ")];
  if (questionAsked && message.questions.length === 0) lines.push(line("QUESTION", "none"));
  message.sections.forEach((section, i) => {
    for (const record of section) lines.push(line(SECTIONS[i], printRecord(record)));
  });
  if (message.opt) lines.push(line("OPT", printOpt(message.opt)));
  return lines;
}

function line(section: string, text: string): string {
  return `${section.padEnd(COLUMN)}${text}`;
}

/** A record in one line, class IN left out. */
export function printRecord({ owner, ttl, rrclass, type, rdata }: Record): string {
  const shownClass = rrclass === RrClass.IN ? [] : [classToText(rrclass)];
  const tokens = rdataToText(type, rdata);
  const text = type === RrType.RRSIG ? shorten(tokens) : tokens;
  return [nameToText(owner), ttl, ...shownClass, typeToText(type), text].join(" ");
}

function shorten(signature: string): string {
  const at = signature.lastIndexOf(" ") + 1;
  return `${signature.slice(0, at + SIGNATURE_SHOWN)}…`;
}

function printOpt({ rrclass, ttl, rdata }: Record): string {
  const words = [`size=${rrclass}`];
  const version = (ttl >>> 16) & 0xff;
  if (version !== 0) words.push(`version=${version}`);
  if ((ttl & 0x8000) !== 0) words.push("do");
  if ((ttl & 0x7fff) !== 0) words.push(`z=${(ttl & 0x7fff).toString(16)}`);
  for (let at = 0; at < rdata.length; ) {
    const end = at + 4 + readU16(rdata, at + 2);
    if (end > rdata.length) throw new Error("an EDNS option runs past the end of the OPT");
    words.push(printOption(readU16(rdata, at), rdata.subarray(at + 4, end)));
    at = end;
  }
  return words.join(" ");
}

function printOption(code: number, data: Uint8Array): string {
  const hex = Buffer.from(data).toString("hex");
  switch (code) {
    case Option.NSID:
      return `nsid=${JSON.stringify(Buffer.from(data).toString())}`;
    case Option.COOKIE:
      return `cookie=${hex}`;
    case Option.KEEPALIVE:
      return `keepalive=${readU16(data, 0)}`;
    case Option.PADDING:
      return `padding=${data.length}`;
    case Option.EDE: {
      const text = Buffer.from(data.subarray(2)).toString();
      return `ede=${readU16(data, 0)}${text === "" ? "" : `:${JSON.stringify(text)}`}`;
    }
    case Option.ZONEVERSION:
      return `zoneversion=${data[0]}/${data[1]}/${readU32(data, 2)}`;
    default:
      return `option=${code}:${hex}`;
  }
}
