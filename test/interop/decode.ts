/**
 * A strict decoder of response messages, written for these tests alone: it shares nothing with the server, so a
 * mistake in one does not hide behind the same mistake in the other. Whatever is not exactly a message throws.
 */
import { formatRdata } from "./rdata.ts";
import { Reader } from "./reader.ts";

/** A record with everything that may legitimately differ in spelling (case, compression) evened out. */
export type RecordText = { owner: string; type: number; class: number; ttl: number; rdata: string };

/** The OPT record's fields. */
export type Opt = { udpSize: number; version: number; dnssecOk: boolean; options: { code: number; data: string }[] };

/** A decoded message. `rcode` includes the upper bits from OPT. */
export type Message = {
  id: number;
  opcode: number;
  /** Lower-case names of the header bits that are set, in header order. */
  flags: string[];
  rcode: number;
  question: { name: string; type: number; class: number }[];
  answer: RecordText[];
  authority: RecordText[];
  additional: RecordText[];
  opt: Opt | undefined;
};

const flagBits: readonly [string, number][] = [
  ["qr", 0x8000],
  ["aa", 0x0400],
  ["tc", 0x0200],
  ["rd", 0x0100],
  ["ra", 0x0080],
  ["z", 0x0040],
  ["ad", 0x0020],
  ["cd", 0x0010],
];

type Parsed = { record: RecordText; opt: Opt | undefined; extended: number };

/** Decodes a message, or throws saying what is wrong with it. */
export function decode(bytes: Buffer): Message {
  const reader = new Reader(bytes);
  const id = reader.u16();
  const bits = reader.u16();
  const [questions, answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const question = times(questions!, () => ({ name: reader.name(), type: reader.u16(), class: reader.u16() }));
  const sections = [answers, authorities, additionals].map((count) => times(count!, () => readRecord(reader)));
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes after the last record`);
  const opts = sections.flat().filter((parsed) => parsed.opt);
  if (opts.length > 1) throw new Error("more than one OPT record");
  if (opts.length === 1 && !sections[2]!.includes(opts[0]!)) throw new Error("OPT outside the additional section");
  const [answer, authority, additional] = sections.map((section) =>
    section.filter((parsed) => !parsed.opt).map((parsed) => parsed.record),
  );
  return {
    id,
    opcode: (bits >> 11) & 15,
    flags: flagBits.filter(([, bit]) => bits & bit).map(([name]) => name),
    rcode: (bits & 15) | ((opts[0]?.extended ?? 0) << 4),
    question,
    answer: answer!,
    authority: authority!,
    additional: additional!,
    opt: opts[0]?.opt,
  };
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

function readRecord(reader: Reader): Parsed {
  const owner = reader.name();
  const type = reader.u16();
  const rrclass = reader.u16();
  const ttl = reader.u32();
  const length = reader.u16();
  const rdata = reader.section(length);
  const record = { owner, type, class: rrclass, ttl, rdata: "" };
  if (type === 41) return { record, opt: readOpt(owner, rrclass, ttl, rdata), extended: ttl >>> 24 };
  record.rdata = formatRdata(type, rdata);
  if (rdata.at !== rdata.end) throw new Error(`${rdata.end - rdata.at} bytes left in RDATA of type ${type}`);
  if (ttl >= 0x80000000) throw new Error(`TTL ${ttl} has its top bit set`);
  return { record, opt: undefined, extended: 0 };
}

function readOpt(owner: string, udpSize: number, ttl: number, rdata: Reader): Opt {
  if (owner !== ".") throw new Error("OPT with an owner other than the root");
  if (ttl & 0x7fff) throw new Error("OPT with Z bits set");
  const options: Opt["options"] = [];
  while (rdata.at < rdata.end) options.push({ code: rdata.u16(), data: rdata.hex(rdata.u16()) });
  return { udpSize, version: (ttl >>> 16) & 0xff, dnssecOk: (ttl & 0x8000) !== 0, options };
}
