/** Queries built from text, in the words of dig: `www.example. A +dnssec`; and broken on purpose where the words say so. */

import { nameFromText } from "../../src/text/name.ts";
import { Option } from "../../src/wire/edns.ts";
import { Opcode } from "../../src/wire/header.ts";
import { classFromText, RrClass, RrType, typeFromText } from "../../src/wire/rrtype.ts";

export interface Query {
  readonly bytes: Uint8Array;
  /** UDP, TCP, or TLS. */
  readonly transport: "udp" | "tcp" | "tls";
  /** Words that are not about the query's bytes, as `+from=…`. */
  readonly words: ReadonlyMap<string, string>;
}

export const ID = 0x1234;
const DEFAULT_SIZE = 1232;

const FLAGS: ReadonlyMap<string, number> = new Map([
  ["qr", 0x8000],
  ["aa", 0x0400],
  ["tc", 0x0200],
  ["rd", 0x0100],
  ["ra", 0x0080],
  ["z", 0x0040],
  ["ad", 0x0020],
  ["cd", 0x0010],
]);

/** Words that make the query carry an OPT. */
const EDNS = ["edns", "dnssec", "bufsize", "nsid", "zoneversion", "cookie", "keepalive", "padding", "ednsopt"];
const EDNS_BROKEN = ["ednsflags", "opts", "optowner", "optlength"];

/** Reads the arguments of `dig`: name, type, class, and words that begin with "+". */
export function queryFromText(text: string): Query {
  const tokens = text.trim().split(/\s+/);
  const plain = tokens.filter((token) => !token.startsWith("+"));
  const words = tokens.filter((token) => token.startsWith("+")).map((token) => token.slice(1));
  const map = new Map(words.map((word) => keyAndValue(word)));
  const question = questionFromText(plain);
  const options = words.map(keyAndValue).flatMap(([key, value]) => optionFromWord(key, value));
  const parts = [question, map.get("questions") === "2" ? question : [], authority(map, question), opts(map, options)];
  if (map.get("questions") === "0") parts[0] = [];
  const bytes = [...header(map), ...parts.flat(), ...fromHex(map.get("append") ?? "")];
  const cut = map.has("cut") ? Number(map.get("cut")) : bytes.length;
  return { bytes: Uint8Array.from(bytes.slice(0, cut)), transport: transportOf(map), words: map };
}

/** The transport that `+tcp` or `+tls` names. */
export function transportOf(words: ReadonlyMap<string, string>): Query["transport"] {
  if (words.has("tls")) return "tls";
  return words.has("tcp") ? "tcp" : "udp";
}

/** Splits `key=value`; the value is empty where there is none. */
export function keyAndValue(word: string): [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}

/** Octets written in hexadecimal, blanks between them allowed. */
export function fromHex(text: string): number[] {
  const digits = text.replace(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${text}`);
  return [...Buffer.from(digits, "hex")];
}

export function u16(value: number): [number, number] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

function questionFromText([name, type = "A", rrclass = "IN"]: readonly string[]): number[] {
  const [typeCode, classCode] = [typeFromText(type), classFromText(rrclass)];
  if (name === undefined || typeCode < 0 || classCode < 0) throw new Error(`no question: ${name} ${type} ${rrclass}`);
  return [...nameFromText(name), ...u16(typeCode), ...u16(classCode)];
}

/** The counts are the true ones unless `+qdcount=` and the like say otherwise. */
function header(words: ReadonlyMap<string, string>): number[] {
  const opcodes = new Map<string, number>(Object.entries(Opcode));
  const opcode = words.get("opcode") ?? "QUERY";
  let bits = (opcodes.get(opcode) ?? Number(opcode)) << 11;
  for (const [flag, bit] of FLAGS) if (words.has(flag)) bits |= bit;
  bits |= Number(words.get("rcode") ?? 0);
  const count = (key: string, actual: number) => u16(Number(words.get(key) ?? actual));
  return [
    ...u16(ID),
    ...u16(bits),
    ...count("qdcount", Number(words.get("questions") ?? 1)),
    ...count("ancount", 0),
    ...count("nscount", words.has("serial") ? 1 : 0),
    ...count("arcount", optCount(words)),
  ];
}

/** RFC 1995 §3: an IXFR query has the SOA of the version that the client holds. */
function authority(words: ReadonlyMap<string, string>, question: readonly number[]): number[] {
  const serial = words.get("serial");
  if (serial === undefined) return [];
  const soa = [0, 0, ...u32(Number(serial)), ...u32(0), ...u32(0), ...u32(0), ...u32(0)];
  const owner = question.slice(0, -4);
  return [...owner, ...u16(RrType.SOA), ...u16(RrClass.IN), ...u32(0), ...u16(soa.length), ...soa];
}

function optCount(words: ReadonlyMap<string, string>): number {
  if (words.has("noedns") || ![...EDNS, ...EDNS_BROKEN].some((key) => words.has(key))) return 0;
  return Number(words.get("opts") ?? 1);
}

function opts(words: ReadonlyMap<string, string>, options: readonly number[]): number[] {
  const flags = (words.has("dnssec") ? 0x8000 : 0) | Number.parseInt(words.get("ednsflags") ?? "0", 16);
  const one = [
    ...nameFromText(words.get("optowner") ?? "."),
    ...u16(RrType.OPT),
    ...u16(Number(words.get("bufsize") ?? DEFAULT_SIZE)),
    0,
    Number(words.get("edns") ?? 0),
    ...u16(flags),
    ...u16(Number(words.get("optlength") ?? options.length)),
    ...options,
  ];
  return Array.from({ length: optCount(words) }, () => one).flat();
}

function optionFromWord(key: string, value: string): number[] {
  switch (key) {
    case "nsid":
      return option(Option.NSID, fromHex(value));
    case "cookie":
      return option(Option.COOKIE, fromHex(value || "2464c4abcf10c957"));
    case "keepalive":
      return option(Option.KEEPALIVE, fromHex(value));
    case "padding":
      return option(Option.PADDING, new Array(Number(value || 0)).fill(0));
    case "zoneversion":
      return option(Option.ZONEVERSION, fromHex(value));
    case "ednsopt": {
      const [code, data = ""] = value.split(":");
      return option(Number(code), fromHex(data));
    }
    default:
      return [];
  }
}

function option(code: number, data: readonly number[]): number[] {
  return [...u16(code), ...u16(data.length), ...data];
}
