/** What the search for one name met, told by searching for it once more in the same image (zone/find.ts). */

import { nameToText } from "../../text/name.ts";
import { Name } from "../../wire/name.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import { RECORD_HEAD } from "../../wire/writer.ts";
import { find, lookupWildcard, Match, Search } from "../../zone/find.ts";
import type { Zone } from "../../zone/image.ts";
import { OwnerFlag } from "../../zone/ownerflag.ts";
import { type Hop, Outcome, type Step } from "./step.ts";

/** Searches for a name, and tells each thing that it meets. */
export function walk(zone: Zone, name: Name, type: number, say: (step: Step) => void): Hop {
  const search = new Search();
  find(zone, name, search);
  const { match, node, label } = search;
  if (match === Match.CUT && !(label === 0 && type === RrType.DS)) return atCut(name, label, say);
  if (match === Match.DNAME) return atDname(zone, name, node, label, say);
  if (match === Match.ABSENT) return absent(zone, name, type, search, say);
  if (match === Match.CUT) {
    const text = `${textOf(name)} is a zone cut, but DS stands on the parent's side of it and is answered from here`;
    say({ rule: "RFC 4035 §3.1.4.1", text });
  } else say(present(zone, textOf(name), node));
  return atNode(zone, { name, label, wildcard: -1 }, node, type, say);
}

/** A name from one of its labels on, as people write it. */
export function textOf(name: Name, label = 0): string {
  return nameToText(name.wire, name.offset[label]);
}

function atCut(name: Name, label: number, say: (step: Step) => void): Hop {
  const cut = textOf(name, label);
  const where = label === 0 ? `${cut} is` : `${textOf(name)} is below ${cut},`;
  const text = `${where} a zone cut: its NS records refer to the servers of that zone`;
  say({ rule: "RFC 1034 §4.3.2 3b", text });
  return { name, outcome: Outcome.REFERRAL, label, wildcard: -1 };
}

function atDname(zone: Zone, name: Name, node: number, label: number, say: (step: Step) => void): Hop {
  const target = new Name();
  target.copySuffix(name, 0);
  const to = nameAt(zone, zone.rrset(node, RrType.DNAME));
  const what = `${textOf(name)} is below ${textOf(name, label)}, whose DNAME leads to ${textOf(to)}`;
  if (!target.replaceSuffix(label, to)) {
    say({ rule: "RFC 6672 §2.2", text: `${what}: the new name is over 255 octets, which is YXDOMAIN` });
    return { name, outcome: Outcome.TOO_LONG, label, wildcard: -1 };
  }
  say({ rule: "RFC 6672 §3.2 3c", text: `${what}: the name becomes ${textOf(target)}, and a CNAME says so` });
  return { name, outcome: Outcome.DNAME, label, wildcard: -1, target };
}

function absent(zone: Zone, name: Name, type: number, { node, label }: Search, say: (step: Step) => void): Hop {
  const encloser = textOf(name, label);
  const text = `${textOf(name)} is not there; the nearest name above it that is, its closest encloser, is ${encloser}`;
  say({ rule: "RFC 1034 §4.3.2 3c", text });
  const star = encloser === "." ? "*." : `*.${encloser}`;
  const wildcard = (zone.flags(node) & OwnerFlag.WILDCARD_BELOW) === 0 ? 0 : lookupWildcard(zone, name, label);
  if (wildcard === 0) {
    say({ rule: "RFC 1034 §4.3.2 3c", text: `there is no ${star} to stand for it: NXDOMAIN` });
    return { name, outcome: Outcome.NXDOMAIN, label, wildcard: -1 };
  }
  say({ rule: "RFC 4592 §3.3.1", text: `${star}, the source of synthesis, stands for ${textOf(name)}` });
  say(present(zone, star, wildcard));
  return atNode(zone, { name, label, wildcard: label }, wildcard, type, say);
}

/** That a node is there, and what it has. */
function present(zone: Zone, name: string, node: number): Step {
  const types = typesAt(zone, node).map(typeToText);
  if (types.length > 0) return { rule: "RFC 1034 §4.3.2 3a", text: `${name} is there, with ${types.join(", ")}` };
  const text = `${name} is there without records, as names below it have some: an empty non-terminal`;
  return { rule: "RFC 4592 §2.2.2", text };
}

function atNode(
  zone: Zone,
  found: Pick<Hop, "name" | "label" | "wildcard">,
  node: number,
  type: number,
  say: (step: Step) => void,
): Hop {
  const has = hasType(zone, node, type);
  if (!has && type !== RrType.ANY && type !== RrType.RRSIG && (zone.flags(node) & OwnerFlag.CNAME) !== 0) {
    const target = nameAt(zone, zone.rrset(node, RrType.CNAME));
    say({ rule: "RFC 1034 §3.6.2", text: `it is an alias: its CNAME leads to ${textOf(target)}` });
    return { ...found, outcome: Outcome.CNAME, target };
  }
  if (has) {
    say(answered(zone, node, type));
    return { ...found, outcome: Outcome.ANSWER };
  }
  const text = `it has no ${typeToText(type)}: NOERROR with nothing in the answer (NODATA)`;
  say({ rule: "RFC 2308 §2.2", text });
  return { ...found, outcome: Outcome.NODATA };
}

function answered(zone: Zone, node: number, type: number): Step {
  if (type === RrType.ANY) {
    return { rule: "RFC 8482 §4.1", text: "ANY is answered with one RRset over UDP, and with all of them over TCP" };
  }
  if (type === RrType.RRSIG) return { rule: "RFC 4035 §3.1.1", text: "every signature at the name is the answer" };
  const count = zone.count(zone.rrset(node, type));
  const records = count === 1 ? "1 record" : `${count} records`;
  return { rule: "RFC 1034 §4.3.2 3a", text: `its ${typeToText(type)} is the answer: ${records}` };
}

function hasType(zone: Zone, node: number, type: number): boolean {
  if (type === RrType.ANY) return typesAt(zone, node).length > 0;
  if (type === RrType.RRSIG) return rrsetsAt(zone, node).some((rrset) => zone.signatureCount(rrset) > 0);
  return zone.rrset(node, type) !== 0;
}

/** The types of which a node has data. */
function typesAt(zone: Zone, node: number): number[] {
  return rrsetsAt(zone, node)
    .filter((rrset) => zone.count(rrset) > 0)
    .map((rrset) => zone.type(rrset));
}

function rrsetsAt(zone: Zone, node: number): number[] {
  const rrsets: number[] = [];
  let rrset = zone.firstRrset(node);
  for (let left = zone.rrsetCount(node); left > 0; left--) {
    rrsets.push(rrset);
    rrset = zone.nextRrset(rrset);
  }
  return rrsets;
}

/** The name that the RDATA of an RRset begins with. */
function nameAt(zone: Zone, rrset: number): Name {
  const name = new Name();
  name.read(zone.bytes, zone.data(rrset) + RECORD_HEAD, zone.bytes.length);
  return name;
}
