/** RRsets: one TTL each (RFC 2181 §5.2), no record twice (§5), none larger than a message can carry. */

import { typeToText } from "../../wire/rrtype.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

/** A message without its header, question and an owner, type, class and TTL. */
const MOST_OCTETS = 65535 - 12 - 260;
/** The image counts signatures in an octet. */
const MOST_SIGNATURES = 255;

export function checkRrsets(sets: RrSets, report: Report): void {
  for (const row of sets.duplicates) report.row("warning", row, "the same record again: it is loaded once");
  for (const row of sets.oddTtls) {
    report.row("warning", row, "TTL differs from that of the RRset's first record, which is taken (RFC 2181 §5.2)");
  }
  for (let set = 0; set < sets.setCount; set++) checkSize(sets, report, set);
}

function checkSize(sets: RrSets, report: Report, set: number): void {
  const { records, order, first, count, signatures } = sets;
  let octets = 0;
  for (let i = first[set]; i < first[set] + count[set]; i++) octets += 12 + records.length[order[i]];
  if (octets > MOST_OCTETS) {
    report.set("error", set, `this ${typeToText(sets.type[set])} RRset fits no message: ${octets} octets`);
  }
  if (signatures[set] > MOST_SIGNATURES) {
    report.set("error", set, `${signatures[set]} RRSIGs over one ${typeToText(sets.type[set])} RRset`);
  }
}
