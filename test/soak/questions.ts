/** The questions of a soak, and what their answers say of the version that they are from. */

import { encode } from "dns-packet";
import { readU32 } from "../../src/wire/header.ts";
import { type Tallies, Tally, type Versions } from "./shared.ts";

/** Hosts in the smallest zone; every one has the version in its address. */
const HOSTS = 1000;
/** Of each zone, names to ask for that are there, and names that are not. */
const ASKED = 64;
const ABSENT = 16;
const HEADER = 12;
/** From the end of a reply to the serial of the SOA at its end. */
const SERIAL_AT = 20;
/** A record whose owner is a pointer: owner, type, class, TTL and length, before its data. */
const RECORD_HEAD = 12;
const QR = 0x80;
const NXDOMAIN = 3;
const TYPE_A = 1;

/** A query in wire form, and which zone it is for. */
export interface Question {
  readonly wire: Buffer;
  readonly zone: number;
  readonly absent: boolean;
}

export function zoneName(zone: number): string {
  return `z${zone}.example`;
}

/** The text of a zone's version with so many hosts: each address, and the serial, say which it is. */
export function zoneText(version: number, hosts: number = HOSTS): string {
  const address = `10.${(version >>> 16) & 255}.${(version >>> 8) & 255}.${version & 255}`;
  const lines = Array.from({ length: hosts }, (_, i) => `h${i} A ${address}\n`);
  const soa = `@ SOA ns hostmaster ${version} 3600 600 86400 60`;
  return `$TTL 60\n${soa}\n@ NS ns\nns A ${address}\n${lines.join("")}`;
}

/** Questions for these zones, in turn. */
export function questionsFor(zones: readonly number[]): Question[] {
  const questions: Question[] = [];
  for (let i = 0; i < ASKED + ABSENT; i++) {
    const absent = i % 5 === 4;
    for (const zone of zones) {
      const host = absent ? `no${i}` : `h${(i * 31) % HOSTS}`;
      const name = `${host}.${zoneName(zone)}`;
      questions.push({ wire: encode({ type: "query", id: 0, questions: [{ type: "A", name }] }), zone, absent });
    }
  }
  return questions;
}

/** The version that a reply is from; -1 for one that is no right answer. */
export function versionOf({ wire, absent }: Question, reply: Uint8Array, length: number): number {
  if (length < wire.length + RECORD_HEAD || (reply[2] & QR) === 0) return -1;
  for (let i = HEADER; i < wire.length; i++) if (reply[i] !== wire[i]) return -1;
  if (absent) {
    const isDenial = (reply[3] & 15) === NXDOMAIN && reply[7] === 0 && reply[9] === 1;
    return isDenial ? readU32(reply, length - SERIAL_AT) : -1;
  }
  const at = wire.length + RECORD_HEAD;
  const isAddress = reply[at - 9] === TYPE_A && reply[at - 1] === 4 && reply[at] === 10;
  return (reply[3] & 15) === 0 && reply[7] === 1 && isAddress ? readU32(reply, at) & 0xffffff : -1;
}

/** Judges a reply to a question that was sent when `oldest` was the oldest version that may be answered. */
export function judge(
  question: Question,
  oldest: number,
  reply: Uint8Array,
  length: number,
  versions: Versions,
  tallies: Tallies,
): void {
  tallies[Tally.ANSWERED]++;
  const version = versionOf(question, reply, length);
  if (version < 0) tallies[Tally.WRONG]++;
  else if (version < oldest || version > versions.newest(question.zone)) tallies[Tally.OTHER_VERSION]++;
}
