/** The NSEC3 chain: hashes in order, around and back to the first, and no name left out (RFC 5155 §7.1). */

import { compareBytes } from "../../wire/canonical.ts";
import { readU16 } from "../../wire/header.ts";
import { RrType } from "../../wire/rrtype.ts";
import { SHA1_LENGTH } from "../../wire/sha1.ts";
import { hashedOwners, type Keyed, nsec3Params } from "../nsec3chain.ts";
import { Nsec3Hash } from "../nsec3hash.ts";
import { OwnerFlag } from "../ownerflag.ts";
import type { RrSets } from "../rrsets.ts";
import type { Report } from "./report.ts";

const OPT_OUT = 1;
/** RFC 5155 §10.3: the most for keys of 4096 bits. Each negative answer hashes several names this often. */
const MOST_ITERATIONS = 2500;

export function checkNsec3Chain(sets: RrSets, report: Report): void {
  const params = nsec3Params(sets);
  if (!params) {
    checkStray(sets, report);
    return;
  }
  const iterations = readU16(params, 2);
  const param = sets.find(0, RrType.NSEC3PARAM);
  if (iterations > MOST_ITERATIONS) {
    report.set("error", param, `${iterations} NSEC3 iterations, over ${MOST_ITERATIONS} (RFC 5155 §10.3)`);
    return;
  }
  if (iterations > 0) {
    report.set("warning", param, `${iterations} NSEC3 iterations: zones should have 0 (RFC 9276 §3.1)`);
  }
  const chain = hashedOwners(sets, params);
  if (chain.length === 0) {
    report.set("error", param, "NSEC3PARAM without a chain of NSEC3 for it (RFC 5155 §4)");
    return;
  }
  chain.forEach((link, i) => {
    checkLink(sets, report, link, chain[i + 1] ?? chain[0]);
  });
  checkNames(sets, report, chain, params);
}

function checkStray(sets: RrSets, report: Report): void {
  if (sets.has(0, RrType.NSEC)) return;
  for (let owner = 0; owner < sets.owners.count; owner++) {
    const set = sets.find(owner, RrType.NSEC3);
    if (set < 0) continue;
    report.set("warning", set, "NSEC3 without NSEC3PARAM at the zone's name: no answer is proven by it (RFC 5155 §4)");
    return;
  }
}

/** The hash in an NSEC3's RDATA is that of the next one in order. */
function checkLink(sets: RrSets, report: Report, link: Keyed, next: Keyed): void {
  const { rdata, at } = sets.records;
  const set = sets.find(link.owner, RrType.NSEC3);
  const from = at[sets.order[sets.first[set]]];
  const hash = from + 5 + rdata[from + 4];
  const good =
    rdata[hash] === SHA1_LENGTH && compareBytes(rdata, hash + 1, SHA1_LENGTH, next.key, 0, SHA1_LENGTH) === 0;
  if (!good)
    report.set("error", set, `the NSEC3 chain breaks: the next is ${report.owner(next.owner)} (RFC 5155 §7.1)`);
}

/** Every name of the zone has its NSEC3; unsigned delegations, and what is only there for them, may be opted out. */
function checkNames(sets: RrSets, report: Report, chain: readonly Keyed[], params: Uint8Array): void {
  const hashes = new Set(chain.map(({ key }) => Buffer.from(key).toString("latin1")));
  const optOut = chain.some(({ owner }) => isOptOut(sets, owner));
  const hasher = new Nsec3Hash();
  for (let owner = 0; owner < sets.owners.count; owner++) {
    const flags = sets.flags[owner];
    if ((flags & (OwnerFlag.OCCLUDED | OwnerFlag.HASHED)) !== 0) continue;
    if (optOut && mayOptOut(sets, owner)) continue;
    const name = sets.owners.wire(owner);
    const hash = hasher.hash(name, name.length, params, 5, params[4], readU16(params, 2));
    if (hashes.has(Buffer.from(hash).toString("latin1"))) continue;
    if ((flags & OwnerFlag.EMPTY) !== 0)
      report.zone("error", `no NSEC3 for the empty non-terminal ${report.owner(owner)}`);
    else report.set("error", sets.firstSet[owner], `no NSEC3 for ${report.owner(owner)} (RFC 5155 §7.1)`);
  }
}

function isOptOut(sets: RrSets, owner: number): boolean {
  const set = sets.find(owner, RrType.NSEC3);
  return (sets.records.rdata[sets.records.at[sets.order[sets.first[set]]] + 1] & OPT_OUT) !== 0;
}

function mayOptOut(sets: RrSets, owner: number): boolean {
  const flags = sets.flags[owner];
  if ((flags & OwnerFlag.EMPTY) !== 0) return true;
  return (flags & OwnerFlag.CUT) !== 0 && !sets.has(owner, RrType.DS);
}
