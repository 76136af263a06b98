/** Pairs of versions of the zone example., as text. */

import { compile } from "../../src/zone/compile.ts";
import { diffZones } from "../../src/zone/diff.ts";
import { diffLines } from "../../src/zone/difflines.ts";
import { Zone } from "../../src/zone/image.ts";
import { readMaster } from "../../src/zone/master.ts";
import { Problems } from "../../src/zone/problem.ts";
import { Records } from "../../src/zone/records.ts";
import { RrSets } from "../../src/zone/rrsets.ts";
import { EXAMPLE, HEAD, sourceOf } from "./loading.ts";

/** A whole text as an image, without any check. */
export function zoneOf(text: string): Zone {
  const records = new Records(EXAMPLE);
  const problems = new Problems();
  const source = sourceOf("zone", text);
  readMaster(
    source,
    EXAMPLE,
    () => "no files",
    problems,
    (owner, length, type, ttl, rdata, octets, from, at) => {
      records.add(records.owners.number(owner, length), type, ttl, rdata, octets, records.sourceNumber(from), at);
      return true;
    },
  );
  if (problems.errors > 0) throw new Error(problems.sorted()[0].message);
  return new Zone(compile(new RrSets(records)));
}

/** HEAD with this serial, and lines after it. */
export function version(serial: number, lines: string): Zone {
  return zoneOf(`${HEAD.replace(" 1 7200", ` ${serial} 7200`)}${lines}\n`);
}

/** What a person sees of the step between two sets of lines after HEAD, whose serials are 1 and 2. */
export function step(before: string, after: string): string[] {
  return [...diffLines(diffZones(version(1, before), version(2, after)))];
}

/** An RRSIG over an RRset, which ends at a time of the form YYYYMMDDHHmmSS. */
export function rrsig(owner: string, type: string, end = "20370101000000", key = "AAAA"): string {
  return `${owner} RRSIG ${type} 15 2 3600 ${end} 20200101000000 1 example. ${key}`;
}
