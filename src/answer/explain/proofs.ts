/** What each NSEC and NSEC3 of an answer proves about the names that were searched for (RFC 4035 §3.1.3, RFC 5155 §7.2). */

import { base32Text } from "../../text/fields/base32.ts";
import { nameToText } from "../../text/name.ts";
import { rdataToText } from "../../text/rdata.ts";
import { readU16 } from "../../wire/header.ts";
import { Name } from "../../wire/name.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import { Nsec3Hash } from "../../zone/nsec3hash.ts";
import type { ReplyRecord } from "./reply.ts";
import { type Hop, Outcome, type Step } from "./step.ts";

/** A name that a proof may be about. */
interface Candidate {
  readonly wire: Uint8Array;
  readonly text: string;
}

/** What of a hop is to be proven: names that must be matched or covered, and the type that must be missing. */
interface Claim {
  /** The name, its ancestors up to the apex. */
  readonly suffixes: readonly Candidate[];
  readonly wildcard: Candidate | undefined;
  readonly hop: Hop;
  readonly type: number;
}

/** A record of a chain, seen so that NSEC and NSEC3 can be asked the same. */
interface Link {
  readonly record: ReplyRecord;
  readonly owner: string;
  readonly types: readonly string[];
  /** RFC 5155 §6: unsigned delegations may be left out of what it covers. */
  readonly optOut: boolean;
  matches(name: Candidate): boolean;
  covers(name: Candidate): boolean;
}

/** A step for each NSEC or NSEC3 in the authority section. */
export function proofs(
  records: readonly ReplyRecord[],
  hops: readonly Hop[],
  type: number,
  apexLabels: number,
): readonly Step[] {
  const links = records.flatMap((record) => linkOf(record) ?? []);
  const claims = hops.filter(isToBeProven).map((hop) => claimOf(hop, type, apexLabels));
  return links.map((link) => {
    const said = claims.flatMap((claim) => provenBy(link, claim, links));
    const hashed = link.record.type === RrType.NSEC3;
    const text = `${typeToText(link.record.type)} of ${link.owner}: ${[...new Set(said)].join("; ")}`;
    return { rule: hashed ? "RFC 5155 §7.2" : "RFC 4035 §3.1.3", text };
  });
}

function isToBeProven({ outcome, wildcard }: Hop): boolean {
  const negative: readonly Outcome[] = [Outcome.NXDOMAIN, Outcome.NODATA, Outcome.REFERRAL];
  return wildcard >= 0 || negative.includes(outcome);
}

function claimOf(hop: Hop, type: number, apexLabels: number): Claim {
  const { name, label, outcome } = hop;
  const suffixes: Candidate[] = [];
  const from = outcome === Outcome.REFERRAL ? label : 0;
  for (let i = from; i <= name.labels - apexLabels; i++)
    suffixes.push(candidate(name.lower.slice(name.offset[i], name.length)));
  const absent = outcome === Outcome.NXDOMAIN || hop.wildcard >= 0;
  const encloser = name.lower.slice(name.offset[label], name.length);
  const wildcard = absent ? candidate(Uint8Array.of(1, 42, ...encloser)) : undefined;
  return { suffixes, wildcard, hop, type: outcome === Outcome.REFERRAL ? RrType.DS : type };
}

function candidate(wire: Uint8Array): Candidate {
  return { wire, text: nameToText(wire) };
}

/** What a link says of a claim. */
function provenBy(link: Link, { suffixes, wildcard, hop, type }: Claim, all: readonly Link[]): readonly string[] {
  const said: string[] = [];
  const [name] = suffixes;
  const missing = `no ${typeToText(type)}`;
  if (wildcard === undefined && link.matches(name))
    said.push(`${name.text} is there, with ${types(link)} and ${missing}`);
  if (wildcard !== undefined && hop.outcome === Outcome.NODATA && link.matches(wildcard)) {
    said.push(`${wildcard.text} is there, with ${types(link)} and ${missing}`);
  }
  said.push(
    ...(link.record.type === RrType.NSEC ? nsecCovers(link, name, wildcard, hop) : hashed(link, suffixes, hop, all)),
  );
  if (wildcard !== undefined && link.record.type === RrType.NSEC3 && link.covers(wildcard)) {
    if (hop.outcome === Outcome.NXDOMAIN) said.push(`its hashes leave no room for ${wildcard.text}`);
  }
  return said;
}

function nsecCovers(link: Link, name: Candidate, wildcard: Candidate | undefined, hop: Hop): string[] {
  const next = nextOf(link.record);
  const said: string[] = [];
  if (link.covers(name)) {
    const empty = wildcard === undefined && hop.outcome === Outcome.NODATA;
    said.push(`${empty ? "no records at" : "no"} ${name.text} between it and ${next}`);
  }
  if (wildcard !== undefined && hop.outcome !== Outcome.CNAME && link.covers(wildcard)) {
    said.push(`no ${wildcard.text} between it and ${next}`);
  }
  return said;
}

/** The closest encloser proof (§7.2.1), as far as one link has part in it. */
function hashed(link: Link, suffixes: readonly Candidate[], hop: Hop, all: readonly Link[]): string[] {
  const isThere = (name: Candidate) => all.some((other) => other.matches(name));
  const found = suffixes.findIndex(isThere);
  // Answered from a wildcard: the closest encloser is known from the signature's labels (§7.2.6).
  const encloser = found < 0 && hop.wildcard >= 0 ? hop.wildcard : found;
  if (encloser < 1) return [];
  const said: string[] = [];
  const closer = suffixes[encloser - 1];
  if (link.matches(suffixes[encloser])) said.push(`${suffixes[encloser].text} is there: the closest encloser`);
  if (link.covers(closer)) {
    const but = link.optOut ? ", but for a delegation that is not signed (opt-out)" : "";
    said.push(`its hashes leave no room for ${closer.text}${but}`);
  }
  return said;
}

function types({ types }: Link): string {
  return types.length === 0 ? "no types" : types.join(" ");
}

function linkOf(record: ReplyRecord): Link | undefined {
  if (record.type === RrType.NSEC) return nsecLink(record);
  return record.type === RrType.NSEC3 ? nsec3Link(record) : undefined;
}

function nsecLink(record: ReplyRecord): Link {
  const [, ...types] = rdataToText(record.type, record.rdata).split(" ");
  const owner = orderKey(record.owner);
  const next = orderKey(record.rdata);
  return {
    record,
    owner: nameToText(record.owner),
    types,
    optOut: false,
    matches: ({ wire }) => orderKey(wire) === owner,
    covers: ({ wire }) => isBetween(owner, orderKey(wire), next),
  };
}

function nextOf({ rdata }: ReplyRecord): string {
  return nameToText(rdata);
}

/** RFC 4034 §6.1: labels from the right, in lower case, each ended by what sorts before any octet. */
function orderKey(wire: Uint8Array): string {
  const name = new Name();
  name.read(wire, 0, wire.length);
  let key = "";
  for (let i = name.labels - 1; i >= 0; i--) {
    for (let at = name.offset[i] + 1; at < name.offset[i + 1]; at++) key += String.fromCharCode(name.lower[at] + 1);
    key += "\0";
  }
  return key;
}

/** Around the end of the chain, too. */
function isBetween(owner: string, key: string, next: string): boolean {
  return owner < next ? owner < key && key < next : owner < key || key < next;
}

function nsec3Link(record: ReplyRecord): Link {
  const { rdata } = record;
  const iterations = readU16(rdata, 2);
  const salt = rdata[4];
  const hashAt = 6 + salt;
  const owner = Buffer.from(record.owner.subarray(1, 1 + record.owner[0]))
    .toString()
    .toUpperCase();
  const next = base32Text(rdata, hashAt, hashAt + rdata[5 + salt]);
  const hash = new Nsec3Hash();
  const hashOf = ({ wire }: Candidate) =>
    base32Text(hash.hash(wire, wire.length, rdata, 5, salt, iterations), 0, hash.value.length);
  return {
    record,
    owner: nameToText(record.owner),
    types: rdataToText(record.type, rdata).split(" ").slice(5),
    optOut: (rdata[1] & 1) !== 0,
    matches: (name) => hashOf(name) === owner,
    covers: (name) => isBetween(owner, hashOf(name), next),
  };
}
