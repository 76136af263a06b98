/** Guards of size: a zone that is empty all at once, or has lost much of what it had. */

import { RrType } from "../../wire/rrtype.ts";
import { eachNode } from "../diffnodes.ts";
import { grouped } from "../diffquantity.ts";
import type { Totals, ZoneDiff } from "../diffresult.ts";
import { eachRrset } from "../diffrrsets.ts";
import { Word, type Zone } from "../image.ts";
import type { Finding } from "./finding.ts";

/**
 * Fewer may go in any case: in a zone of ten records, one is 10 percent, and a guard that stops every edit is overridden
 * by habit. That nothing is left at all is another guard's.
 */
const FEWEST = 5;
/** Removed names that are shown. */
const EXAMPLES = 5;

/** What every zone has at its apex, and what signing puts there. */
const bare: ReadonlySet<number> = new Set([
  RrType.SOA,
  RrType.NS,
  RrType.NSEC,
  RrType.NSEC3PARAM,
  RrType.DNSKEY,
  RrType.CDS,
  RrType.CDNSKEY,
  RrType.CSYNC,
  RrType.ZONEMD,
]);

/** Nothing is left but SOA, NS and what signing adds, where there was more. From headers and the apex alone. */
export function empty(before: Zone, after: Zone): Finding[] {
  if (!isBare(after) || isBare(before)) return [];
  const { words } = before;
  const had = `${grouped(words[Word.OWNERS])} names and ${grouped(words[Word.RECORDS])} records`;
  return [{ guard: "empty", found: `nothing is left but SOA and NS at the apex, of ${had}`, examples: [] }];
}

/** Names, RRsets or records fall by more than `percent`, RRSIGs, NSEC and NSEC3 left aside: signing moves them both ways. */
export function shrink(before: Zone, after: Zone, diff: ZoneDiff, percent: number): Finding[] {
  const was = content(before);
  const is = content(after);
  const falls = (["names", "RRsets", "records"] as const).flatMap((what) => {
    const field = what === "RRsets" ? "rrsets" : what;
    return fall(what, was[field], is[field], percent);
  });
  if (falls.length === 0) return shrinkByHeader(before, after, percent);
  const removed = diff.rrsets.list.filter((change) => !change.after).map(({ owner, type }) => `${owner} ${type}`);
  return [{ guard: "shrink", found: falls.join(", and "), examples: removed.slice(0, EXAMPLES) }];
}

/** The same as far as headers tell it: RRsets, and records when there are no signatures on either side. */
export function shrinkByHeader(before: Zone, after: Zone, percent: number): Finding[] {
  const falls = fall("RRsets", rrsetsByHeader(before), rrsetsByHeader(after), percent);
  if (!before.signed && !after.signed) {
    falls.push(...fall("records", before.words[Word.RECORDS], after.words[Word.RECORDS], percent));
  }
  return falls.length === 0 ? [] : [{ guard: "shrink", found: falls.join(", and "), examples: [] }];
}

function fall(what: string, was: number, is: number, percent: number): string[] {
  const lost = was - is;
  if (lost < FEWEST || lost * 100 <= was * percent) return [];
  const share = Math.floor((lost * 1000) / was) / 10;
  return [`${what} fall from ${grouped(was)} to ${grouped(is)}, by ${share} % (at most ${percent} %)`];
}

/** RRsets but for those of the chain that proves absence: signatures are in the RRsets that they cover. */
function rrsetsByHeader({ words }: Zone): number {
  return words[Word.RRSETS] - words[Word.NSEC_COUNT] - words[Word.NSEC3_COUNT];
}

function isBare(zone: Zone): boolean {
  if (zone.words[Word.OWNERS] - zone.words[Word.NSEC3_COUNT] > 1) return false;
  let only = true;
  eachRrset(zone, zone.top, (rrset) => {
    if (!bare.has(zone.type(rrset))) only = false;
  });
  return only;
}

/** What is there but for RRSIGs, NSEC and NSEC3; names are those that have any of it. */
function content(zone: Zone): Totals {
  let names = 0;
  let rrsets = 0;
  let records = 0;
  eachNode(zone, (node) => {
    const before = rrsets;
    eachRrset(zone, node, (rrset) => {
      const type = zone.type(rrset);
      const count = zone.count(rrset);
      if (count === 0 || type === RrType.NSEC || type === RrType.NSEC3) return;
      rrsets++;
      records += count;
    });
    if (rrsets > before) names++;
  });
  return { names, rrsets, records };
}
