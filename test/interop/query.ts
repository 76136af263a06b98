import { typeNumber } from "./types.ts";

/** What to ask; every field but the name has a sensible default. */
export type Question = {
  name: string;
  type: string;
  /** Class number; IN unless told. */
  class?: number;
  rd?: boolean;
  /** Absent: no OPT record at all. */
  edns?: { size?: number; version?: number; dnssecOk?: boolean; options?: { code: number; data: Buffer }[] };
};

/** The bytes of a name in presentation form (RFC 1035 §5.1 escapes), its case kept. */
export function nameToWire(text: string): Buffer {
  const labels: number[][] = [[]];
  for (let at = 0; at < text.length; at++) {
    const escaped = text[at] === "\\" ? /^\\(\d{3}|.)/.exec(text.slice(at)) : null;
    if (text[at] === ".") labels.push([]);
    else labels.at(-1)!.push(escaped ? escapedByte(escaped[1]!) : text.charCodeAt(at));
    at += escaped ? escaped[0].length - 1 : 0;
  }
  const parts = labels.filter((label) => label.length > 0);
  return Buffer.from([...parts.flatMap((label) => [label.length, ...label]), 0]);
}

function escapedByte(text: string): number {
  return /^\d{3}$/.test(text) ? Number(text) : text.charCodeAt(0);
}

/** A whole query message with the given id. */
export function buildQuery(id: number, question: Question): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(question.rd ? 0x0100 : 0, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(question.edns ? 1 : 0, 10);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(typeNumber(question.type), 0);
  tail.writeUInt16BE(question.class ?? 1, 2);
  return Buffer.concat([
    header,
    nameToWire(question.name),
    tail,
    question.edns ? optRecord(question.edns) : tail.subarray(4),
  ]);
}

function optRecord(edns: NonNullable<Question["edns"]>): Buffer {
  const options = (edns.options ?? []).map(({ code, data }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(code, 0);
    head.writeUInt16BE(data.length, 2);
    return Buffer.concat([head, data]);
  });
  const rdata = Buffer.concat(options);
  const record = Buffer.alloc(11);
  record.writeUInt16BE(41, 1);
  record.writeUInt16BE(edns.size ?? 1232, 3);
  record.writeUInt8(edns.version ?? 0, 6);
  record.writeUInt16BE(edns.dnssecOk ? 0x8000 : 0, 7);
  record.writeUInt16BE(rdata.length, 9);
  return Buffer.concat([record, rdata]);
}
