/** An explanation for people: numbered steps with their rules, and the answer as dig shows it, with the line of each record. */

import { relative } from "node:path";
import type { Explanation } from "../answer/explain/explain.ts";
import type { ReplyRecord } from "../answer/explain/reply.ts";
import { type Hop, Outcome } from "../answer/explain/step.ts";
import { nameToText } from "../text/name.ts";
import { rdataToText } from "../text/rdata.ts";
import { Rcode } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { classToText, RrType, typeToText } from "../wire/rrtype.ts";
import { columns } from "./columns.ts";
import { keyOf, placesOf, type Read } from "./recordlines.ts";

/** A record of the answer, and where it was written. */
export interface Told {
  readonly owner: string;
  readonly ttl: number;
  readonly class: string;
  readonly type: string;
  readonly rdata: string;
  /** "file:line", and what was made of it there. */
  readonly from: string | undefined;
}

/** An explanation as it is printed, and as --json has it. */
export interface Document {
  readonly question: { readonly name: string; readonly type: string; readonly dnssec: boolean };
  readonly steps: readonly { readonly rule: string; readonly text: string }[];
  readonly status: string;
  readonly flags: readonly string[];
  readonly extendedError: { readonly code: number; readonly text: string } | undefined;
  readonly answer: readonly Told[];
  readonly authority: readonly Told[];
  readonly additional: readonly Told[];
}

const FLAGS: readonly (readonly [string, number])[] = [
  ["qr", 0x8000],
  ["aa", 0x0400],
  ["tc", 0x0200],
];
const SECTIONS = ["answer", "authority", "additional"] as const;

/** Puts the explanation and the places of its records together. */
export function documentOf(
  question: Document["question"],
  { steps, reply, hops }: Explanation,
  read: Read | undefined,
): Document {
  const all = SECTIONS.flatMap((section) => reply[section]);
  const origins = new Map(all.map((record) => [record, originOf(record, hops, all)]));
  const places =
    read === undefined
      ? new Map()
      : placesOf(
          [...origins.values()].map(({ record }) => record),
          read,
        );
  const told = (record: ReplyRecord): Told => {
    const origin = origins.get(record);
    const place = origin && places.get(keyOf(origin.record));
    const made = [...(place?.generated === true ? ["$GENERATE"] : []), ...(origin?.made ?? [])];
    const from = place && `${shownFile(place.file)}:${place.line}${made.length > 0 ? ` (${made.join(", ")})` : ""}`;
    return {
      owner: nameToText(record.owner),
      ttl: record.ttl,
      class: classToText(record.rrclass),
      type: typeToText(record.type),
      rdata: rdataToText(record.type, record.rdata),
      from,
    };
  };
  return {
    question,
    steps,
    status: statusOf(reply.rcode),
    flags: FLAGS.filter(([, bit]) => (reply.bits & bit) !== 0).map(([flag]) => flag),
    extendedError: reply.ede,
    answer: reply.answer.map(told),
    authority: reply.authority.map(told),
    additional: reply.additional.map(told),
  };
}

/** The lines for a terminal. */
export function linesOf({ question, steps, status, flags, extendedError, ...rest }: Document): string[] {
  const rows = steps.map(({ rule, text }, i) => [String(i + 1).padStart(2), rule, text]);
  const head = `;; status: ${status}, flags: ${flags.join(" ")}`;
  const why =
    extendedError === undefined
      ? ""
      : `; EDE: ${extendedError.code}${extendedError.text && ` (${extendedError.text})`}`;
  const shown = SECTIONS.filter((section) => rest[section].length > 0).flatMap((section) => [
    "",
    `;; ${section.toUpperCase()} SECTION:`,
    ...columns(rest[section].map(rowOf)),
  ]);
  return [`${question.name} ${question.type}`, "", ...columns(rows), "", head + why, ...shown];
}

function rowOf({ owner, ttl, class: rrclass, type, rdata, from }: Told): string[] {
  return [owner, String(ttl), rrclass, type, from === undefined ? rdata : `${rdata} ; ${from}`];
}

/** The record in the zone's text that one of the reply is, or was made from. */
function originOf(
  record: ReplyRecord,
  hops: readonly Hop[],
  all: readonly ReplyRecord[],
): { readonly record: ReplyRecord; readonly made: readonly string[] } {
  const hop = hops.find(({ name }) => isNamed(record, name));
  if (hop?.outcome === Outcome.DNAME && record.type === RrType.CNAME) {
    const dname = all.find(({ owner, type }) => type === RrType.DNAME && isNamed({ owner }, hop.name, hop.label));
    if (dname) return { record: dname, made: ["made from the DNAME"] };
  }
  if (hop === undefined || hop.wildcard < 0) return { record, made: [] };
  const { name, wildcard } = hop;
  const owner = Uint8Array.of(1, 42, ...name.lower.slice(name.offset[wildcard], name.length));
  return { record: { ...record, owner }, made: [`from ${nameToText(owner)}`] };
}

function isNamed({ owner }: Pick<ReplyRecord, "owner">, name: Name, label = 0): boolean {
  const wire = name.lower.slice(name.offset[label], name.length);
  return Buffer.from(owner).toString("latin1").toLowerCase() === Buffer.from(wire).toString("latin1").toLowerCase();
}

/** As short as it can be: files below the working directory relative to it. */
function shownFile(file: string): string {
  const way = file.startsWith("/") ? relative(process.cwd(), file) : file;
  return way.startsWith("..") ? file : way;
}

function statusOf(rcode: number): string {
  return Object.entries(Rcode).find(([, code]) => code === rcode)?.[0] ?? `RCODE${rcode}`;
}
