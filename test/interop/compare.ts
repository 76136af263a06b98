import { decode, type Message, type RecordText } from "./decode.ts";
import type { Question } from "./query.ts";
import { typeName } from "./types.ts";

/** What a server gave back, evened out so that equal answers are equal text. */
export type Normalised = { header: string; answer: string; authority: string; additional: string };

/** Decoded answers, or what went wrong, by server name. */
export type Answers = ReadonlyMap<string, Message | Error>;

/** The parts of an answer that are compared. */
export const parts = ["header", "answer", "authority", "additional"] as const;

/** Decodes what a server sent; a malformed message is a result too. */
export function decoded(bytes: Buffer | Error): Message | Error {
  if (bytes instanceof Error) return bytes;
  try {
    return decode(bytes);
  } catch (error) {
    return new Error(`malformed: ${(error as Error).message}`);
  }
}

/**
 * Evens out the answers to one question. Order within a section does not count, TTLs do. The zone's own NS set beside
 * a positive answer is a courtesy some servers pay by default (RFC 1034 §4.3.2 does not ask for it): it goes, with the
 * addresses of those servers, for all alike.
 */
export function normalise(question: Question, answers: Answers, apexes: ReadonlySet<string>): Map<string, Normalised> {
  const courtesy = new Set<string>();
  for (const message of answers.values()) {
    if (message instanceof Error) continue;
    for (const record of message.authority.filter((each) => isCourtesy(question, message, each, apexes))) {
      if (record.type === 2) courtesy.add(record.rdata);
    }
  }
  const result = new Map<string, Normalised>();
  for (const [server, message] of answers) result.set(server, normaliseOne(question, message, apexes, courtesy));
  return result;
}

function normaliseOne(
  question: Question,
  message: Message | Error,
  apexes: ReadonlySet<string>,
  courtesy: ReadonlySet<string>,
): Normalised {
  if (message instanceof Error) return { header: message.message, answer: "", authority: "", additional: "" };
  const opt = message.opt ? `, EDNS ${message.opt.version}${message.opt.dnssecOk ? " do" : ""}` : "";
  const header = `rcode ${message.rcode}, ${message.flags.join(" ")}${opt}, questions ${message.question.length}`;
  // What fits into a truncated answer is the server's own choice; the client asks again by TCP.
  if (message.flags.includes("tc")) return { header, answer: "", authority: "", additional: "" };
  if (question.type === "ANY" && message.answer.length > 0) return anyAnswer(header, message);
  const additional = message.additional.filter((record) => !courtesy.has(record.owner));
  const authority = message.authority.filter((record) => !isCourtesy(question, message, record, apexes));
  return { header, answer: lines(message.answer), authority: lines(authority), additional: lines(additional) };
}

/** A server may give any one set in answer to ANY (RFC 8482 §4.1), so only the owners are compared. */
function anyAnswer(header: string, message: Message): Normalised {
  const owners = [...new Set(message.answer.map((record) => record.owner))].sort();
  return { header, answer: owners.join("\n"), authority: "", additional: "" };
}

function isCourtesy(question: Question, message: Message, record: RecordText, apexes: ReadonlySet<string>): boolean {
  if (message.answer.length === 0 || !message.flags.includes("aa") || !apexes.has(record.owner)) return false;
  if (message.authority.some((each) => each.type === 6)) return false;
  const asked = question.type === "NS" && question.name.toLowerCase() === record.owner;
  return !asked && (record.type === 2 || (record.type === 46 && record.rdata.startsWith("0002")));
}

function lines(records: readonly RecordText[]): string {
  return records.map(recordLine).sort().join("\n");
}

/** A record as one line of text. */
export function recordLine(record: RecordText): string {
  const rrclass = record.class === 1 ? "IN" : `CLASS${record.class}`;
  return `${record.owner} ${record.ttl} ${rrclass} ${typeName(record.type)} ${record.rdata}`;
}

/**
 * What most of the others say: two equal whole answers if there are such, otherwise each part by itself, so that a
 * quarrel about additional data does not hide an agreement about the rest. Parts without two equal voices are absent.
 */
export function majority(others: readonly Normalised[]): Partial<Normalised> {
  const key = (each: Normalised) => JSON.stringify(each);
  const whole = others.find((each, at) => others.some((other, index) => index > at && key(other) === key(each)));
  if (whole) return whole;
  const result: Partial<Normalised> = {};
  for (const part of parts) {
    const texts = others.map((each) => each[part]);
    const agreed = texts.find((text, at) => texts.indexOf(text, at + 1) > at);
    if (agreed !== undefined) result[part] = agreed;
  }
  return result;
}

/** The parts in which ours departs from the majority, line by line: "-" is missing from ours, "+" only in ours. */
export function difference(ours: Normalised, most: Partial<Normalised>): string[] {
  return parts.flatMap((part) => {
    const expected = most[part];
    if (expected === undefined || expected === ours[part]) return [];
    const [theirs, own] = [expected.split("\n"), ours[part].split("\n")];
    const missing = theirs.filter((line) => line && !own.includes(line));
    const extra = own.filter((line) => line && !theirs.includes(line));
    if (missing.length + extra.length === 0)
      return [`${part} * ${theirs.length} records expected, ${own.length} given`];
    return [...missing.map((line) => `${part} - ${line}`), ...extra.map((line) => `${part} + ${line}`)];
  });
}
