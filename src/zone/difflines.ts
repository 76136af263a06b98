/** A diff as people read it: one line for each record that comes or goes, grouped by owner, and the sums at the end. */

import { compareSerial } from "../wire/serial.ts";
import { grouped, quantity } from "./diffquantity.ts";
import { type Changes, changeCount, type RrsetChange, type Totals, type ZoneDiff } from "./diffresult.ts";

/**
 * The lines of a diff, without newlines: the serial; "+" a record that is new, "-" one that is gone, "~" a TTL that has
 * changed; what was counted but not kept; signatures and proofs of absence in a line each; and the sums.
 */
export function* diffLines(diff: ZoneDiff): Generator<string> {
  yield serialLine(diff);
  for (const change of diff.rrsets.list) yield* changeLines(change);
  const left = changeCount(diff.rrsets) - diff.rrsets.list.length;
  if (left > 0) yield `and ${rrsets(left)} more, not listed`;
  if (changeCount(diff.signatures) > 0) yield `RRSIGs of ${counted(diff.signatures)}`;
  if (changeCount(diff.denial) > 0) yield `NSEC and NSEC3: ${counted(diff.denial)}`;
  if (diff.respelled > 0) yield `${rrsets(diff.respelled)} only in another order, or with names in another case`;
  yield sumLine(diff);
}

function rrsets(count: number): string {
  return quantity(count, "RRset");
}

function serialLine({ zone, serials }: ZoneDiff): string {
  const { before, after } = serials;
  if (before === undefined) return `${zone} is new, SOA serial ${after}`;
  if (after === undefined) return `${zone} goes, SOA serial ${before}`;
  if (before === after) return `${zone} SOA serial ${after}, as before`;
  const backwards = compareSerial(after, before) > 0 ? "" : ", which is backwards (RFC 1982)";
  return `${zone} SOA serial ${before} -> ${after}${backwards}`;
}

function* changeLines({ owner, type, before, after, lost, gained }: RrsetChange): Generator<string> {
  if (before && after && before.ttl !== after.ttl) yield `~ ${owner} ${before.ttl} -> ${after.ttl} IN ${type}`;
  for (const rdata of lost) yield `- ${owner} ${before?.ttl} IN ${type} ${rdata}`;
  for (const rdata of gained) yield `+ ${owner} ${after?.ttl} IN ${type} ${rdata}`;
}

/** "1,204 RRsets changed", "3 RRsets added, 1 removed". */
function counted({ added, removed, changed }: Changes): string {
  const parts = [
    [added, "added"],
    [removed, "removed"],
    [changed, "changed"],
  ] as const;
  const there = parts.filter(([count]) => count > 0);
  return there.map(([count, how], i) => `${i === 0 ? rrsets(count) : grouped(count)} ${how}`).join(", ");
}

function sumLine({ rrsets: changes, before, after }: ZoneDiff): string {
  const what = changeCount(changes) === 0 ? "no RRset changed" : counted(changes);
  return `${what}; ${fromTo(before, after, "names")}, ${fromTo(before, after, "records")}`;
}

function fromTo(before: Totals, after: Totals, what: keyof Totals): string {
  const was = grouped(before[what]);
  const is = grouped(after[what]);
  return was === is ? `${is} ${what} as before` : `${was} -> ${is} ${what}`;
}
