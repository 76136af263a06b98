/** All that a zone can be asked for: every name in it, names next to and below each, and every type that makes a difference. */

import { RrType } from "../../src/wire/rrtype.ts";
import { Word, type Zone } from "../../src/zone/image.ts";

export interface Asked {
  /** In wire form. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly rrclass: number;
}

const IN = 1;
const CH = 3;
const STAR = 0x2a;
const ZERO = 0x30;

/** Asked for at every name, whether it has them or not; the one that a name does not have is NODATA for all others. */
const ALWAYS: readonly number[] = [
  ...[RrType.A, RrType.NS, RrType.SOA, RrType.DS, RrType.DNSKEY, RrType.TXT, RrType.RRSIG, RrType.NSEC],
  ...[RrType.NSEC3PARAM, RrType.AXFR, RrType.IXFR, RrType.ANY],
];
/** Below a name: an expansion of its wildcard, a name that is not there, or a referral. */
const BELOW: readonly number[] = [RrType.A, RrType.TXT, RrType.DS, RrType.MX, RrType.ANY];

/** The questions of a zone. */
export function* questionsOf(zone: Zone): Generator<Asked> {
  const names = [...namesOf(zone)];
  const types = new Map(names.map((one) => [keyOf(one.name), one.types]));
  for (const { name, types: here } of names) {
    for (const type of new Set([...here, ...ALWAYS])) yield { name, type, rrclass: IN };
    const below = (label: number) => Uint8Array.of(1, label, ...name);
    if (name.length > 253) continue;
    for (const type of new Set([...(types.get(keyOf(below(STAR))) ?? []), ...BELOW])) {
      yield { name: below(ZERO), type, rrclass: IN };
    }
  }
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name).toString("latin1");
}

/** What is no zone's: identity in CHAOS, the root, a name of somebody else's. */
export function* otherQuestions(): Generator<Asked> {
  const wire = (...labels: string[]) =>
    Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0]);
  for (const [first, second] of [
    ["id", "server"],
    ["hostname", "bind"],
    ["version", "server"],
    ["version", "bind"],
    ["authors", "bind"],
  ]) {
    yield { name: wire(first, second), type: RrType.TXT, rrclass: CH };
  }
  for (const name of [wire(), wire("a"), wire("com")]) {
    for (const type of [RrType.NS, RrType.DNSKEY, RrType.ANY]) yield { name, type, rrclass: IN };
  }
}

function* namesOf(zone: Zone): Generator<{ readonly name: Uint8Array; readonly types: readonly number[] }> {
  const room = new Uint8Array(256);
  const end = zone.words[Word.NODES_END];
  for (let node = zone.top; node < end; ) {
    const types: number[] = [];
    let rrset = zone.firstRrset(node);
    for (let left = zone.rrsetCount(node); left > 0; left--) {
      types.push(zone.type(rrset));
      rrset = zone.nextRrset(rrset);
    }
    yield { name: room.slice(0, zone.nameOf(node, room, 0)), types };
    node = rrset;
  }
}
