/** The guard of signatures' time: RRSIGs that have ended, or soon will (RFC 4034 §3.1.5). */

import { readU32 } from "../../wire/header.ts";
import { typeToText } from "../../wire/rrtype.ts";
import { compareSerial } from "../../wire/serial.ts";
import { eachNode, ownerOf } from "../diffnodes.ts";
import { grouped, quantity } from "../diffquantity.ts";
import { eachRdata, eachRrset, signaturesOf } from "../diffrrsets.ts";
import type { Zone } from "../image.ts";
import { type Finding, Sample } from "./finding.ts";

const DAY = 86_400;
/** Octets before the signature's expiration in its RDATA (RFC 4034 §3.1). */
const EXPIRATION = 8;

/** RRSIGs anywhere in the zone that end within `days` of `now` (seconds since 1970), or have ended. */
export function rrsigEnds(zone: Zone, days: number, now: number): Finding[] {
  if (!zone.signed) return [];
  const soon = now + days * DAY;
  const ending = new Sample();
  let all = 0;
  let ended = 0;
  /** Seconds from now to the first end; negative when it has passed. */
  let first = Number.POSITIVE_INFINITY;
  eachNode(zone, (node) => {
    eachRrset(zone, node, (rrset) => {
      if (zone.signatureCount(rrset) === 0) return;
      eachRdata(signaturesOf(zone, rrset), (at) => {
        all++;
        const end = readU32(zone.bytes, at + EXPIRATION);
        // A signature is good in its last second still.
        if (!(compareSerial(end, soon) < 0)) return;
        if (compareSerial(end, now) < 0) ended++;
        first = Math.min(first, (end - now) | 0);
        ending.add(() => `${ownerOf(zone, node)} ${typeToText(zone.type(rrset))}`);
      });
    });
  });
  if (ending.count === 0) return [];
  const when = new Date((now + first) * 1000).toISOString().slice(0, 19);
  const many = `${grouped(ending.count)} of ${quantity(all, "RRSIG")}`;
  const already = ended > 0 ? `, ${grouped(ended)} of them already` : "";
  const what = ended === ending.count ? "have ended" : `end within ${quantity(days, "day")}${already}`;
  const found = `${many} ${what}, the first at ${when}Z: ${ending.names()}`;
  return [{ guard: "rrsig-ends", found, examples: ending.examples }];
}
