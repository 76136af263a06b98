/** Guards that look at every RRset of both versions: delegations, their DS, TTLs, and RRSIGs that are gone. */

import { RrType, typeToText } from "../../wire/rrtype.ts";
import { ownerOf, pairNodes } from "../diffnodes.ts";
import { quantity } from "../diffquantity.ts";
import { Difference, differences, pairRrsets } from "../diffrrsets.ts";
import type { Zone } from "../image.ts";
import { OwnerFlag } from "../ownerflag.ts";
import { type Finding, type Guard, Sample } from "./finding.ts";

/**
 * Seconds. Shorter TTLs count as this long: from 1 to 15 seconds is no jump for anybody, and resolvers keep records for
 * some seconds in any case.
 */
const SHORTEST = 60;

/** What is found between two versions. `factor`: how many times longer or shorter a TTL may become. */
export function stepFindings(before: Zone, after: Zone, factor: number): Finding[] {
  const steps = new Steps(before, after, factor);
  pairNodes(before, after, (b, a) => steps.node(b, a));
  return steps.findings();
}

class Steps {
  readonly #before: Zone;
  readonly #after: Zone;
  readonly #factor: number;
  readonly #keyed: boolean;
  readonly #cuts = new Sample();
  readonly #ds = new Sample();
  readonly #ttls = new Sample();
  readonly #unsigned = new Sample();

  constructor(before: Zone, after: Zone, factor: number) {
    this.#before = before;
    this.#after = after;
    this.#factor = factor;
    this.#keyed = after.rrset(after.top, RrType.DNSKEY) !== 0;
  }

  /** An owner's nodes; 0 in an image that does not have it. */
  node(b: number, a: number): void {
    if (b === 0) return;
    const before = this.#before;
    const after = this.#after;
    const wasCut = isCut(before, b);
    const stays = a !== 0 && isCut(after, a);
    if (wasCut && !stays) this.#cuts.add(() => ownerOf(before, b));
    if (a === 0) return;
    pairRrsets(before, b, after, a, (bSet, aSet) => {
      const type = bSet === 0 ? 0 : before.type(bSet);
      if (type === RrType.DS && wasCut && stays) this.#delegationSigner(b, bSet, aSet);
      if (bSet !== 0 && aSet !== 0 && before.count(bSet) > 0 && after.count(aSet) > 0) this.#both(b, bSet, a, aSet);
    });
  }

  findings(): Finding[] {
    return [
      ...finding("delegation-lost", this.#cuts, (count) => `${quantity(count, "delegation")} gone`),
      ...finding("ds", this.#ds, (count) => `the DS of ${quantity(count, "delegation")} changed or gone`),
      ...finding(
        "ttl",
        this.#ttls,
        (count) => `${quantity(count, "TTL")} more than ${this.#factor} times as long or short`,
      ),
      ...finding("apex-dnskey", this.#unsigned, (count) => `${quantity(count, "RRset")} without RRSIG that had one`),
    ];
  }

  #delegationSigner(node: number, bSet: number, aSet: number): void {
    const before = this.#before;
    if (before.count(bSet) === 0) return;
    const same = aSet !== 0 && (differences(before, bSet, this.#after, aSet) & Difference.DATA) === 0;
    if (!same) this.#ds.add(() => ownerOf(before, node));
  }

  #both(b: number, bSet: number, a: number, aSet: number): void {
    const before = this.#before;
    const after = this.#after;
    const type = after.type(aSet);
    const name = () => `${ownerOf(after, a)} ${typeToText(type)}`;
    // Of NSEC and NSEC3, the SOA's minimum is the TTL (RFC 9077), which is a guard's already.
    if (type !== RrType.NSEC && type !== RrType.NSEC3 && isJump(before.ttl(bSet), after.ttl(aSet), this.#factor)) {
      this.#ttls.add(() => `${name()} ${before.ttl(bSet)} -> ${after.ttl(aSet)}`);
    }
    if (!this.#keyed || before.signatureCount(bSet) === 0 || after.signatureCount(aSet) > 0) return;
    if (isSigned(before, b, type) && isSigned(after, a, type)) this.#unsigned.add(name);
  }
}

function finding(guard: Guard, sample: Sample, say: (count: number) => string): Finding[] {
  if (sample.count === 0) return [];
  return [{ guard, found: `${say(sample.count)}: ${sample.names()}`, examples: sample.examples }];
}

/** A zone cut that is not itself below another, or below a DNAME. */
function isCut(zone: Zone, node: number): boolean {
  return (zone.flags(node) & (OwnerFlag.CUT | OwnerFlag.OCCLUDED)) === OwnerFlag.CUT;
}

function isJump(before: number, after: number, factor: number): boolean {
  const was = Math.max(before, SHORTEST);
  const is = Math.max(after, SHORTEST);
  return Math.max(was, is) > factor * Math.min(was, is);
}

/** RFC 4035 §2.2: authoritative data is signed, and of a delegation only DS and NSEC. */
function isSigned(zone: Zone, node: number, type: number): boolean {
  const flags = zone.flags(node);
  if ((flags & OwnerFlag.OCCLUDED) !== 0) return false;
  return (flags & OwnerFlag.CUT) === 0 || type === RrType.DS || type === RrType.NSEC;
}
