/**
 * Why a question is answered as it is. The answer is made by the responder that serves queries; what it came through
 * (names, wildcards) is read from its exchange, and told step by step.
 */

import { nameToText } from "../../text/name.ts";
import { Flag, HEADER, Rcode, writeU16 } from "../../wire/header.ts";
import { Name } from "../../wire/name.ts";
import { RrClass, RrType } from "../../wire/rrtype.ts";
import type { Zone } from "../../zone/image.ts";
import { type Catalogue, holderOf } from "../catalogue.ts";
import { Chaos } from "../chaos.ts";
import { Counters } from "../counters.ts";
import { Exchange } from "../exchange.ts";
import { respondThrough } from "../respond.ts";
import { ZoneCounts } from "../zonecounts.ts";
import { onward } from "./onward.ts";
import { type Reply, readReply } from "./reply.ts";
import { sections } from "./sections.ts";
import { type Hop, Outcome, type Step } from "./step.ts";
import { textOf, walk } from "./walk.ts";

export interface Question {
  readonly name: Uint8Array;
  readonly type: number;
  /** Ask for DNSSEC records (DO). */
  readonly dnssec: boolean;
  /** Ask over TCP; without it, over UDP first. */
  readonly stream: boolean;
}

export interface Explanation {
  readonly steps: readonly Step[];
  /** The last reply: the one over TCP when the one over UDP was truncated. */
  readonly reply: Reply;
  readonly hops: readonly Hop[];
  /** The zone that the answer is from. */
  readonly zone: Zone | undefined;
}

const MAX_MESSAGE = 65535;
/** The UDP payload of a POP and of resolvers, when nobody says otherwise. */
const PAYLOAD = 1232;

/** Asks the question of the zones in the catalogue, and explains the answer. */
export function explain(catalogue: Catalogue, question: Question): Explanation {
  const settings = { payload: PAYLOAD, identity: new Uint8Array(0), cookies: undefined, idle: 10 };
  const x = new Exchange(catalogue, settings, new Counters(), new ZoneCounts());
  const steps: Step[] = [];
  let reply = ask(x, question, question.stream);
  const truncated = (reply.bits & (Flag.TC << 8)) !== 0;
  if (truncated) reply = ask(x, question, true);
  const chosen = chooseZone(x, steps);
  const hops = chosen === undefined ? [] : tellHops(x, chosen, (step) => steps.push(step));
  if (chosen !== undefined) steps.push(...sections(x, chosen, hops, reply, question));
  if (truncated) steps.push(overTcp);
  if (chosen !== undefined) confirm(hops, reply, question.type);
  return { steps, reply, hops, zone: chosen };
}

const overTcp: Step = {
  rule: "RFC 2181 §9",
  text: `all this is over ${PAYLOAD} octets: over UDP the reply is truncated (TC), and asked for again over TCP`,
};

function ask(x: Exchange, question: Question, stream: boolean): Reply {
  const out = new Uint8Array(MAX_MESSAGE);
  const query = queryFor(question);
  const client = { stream, encrypted: false, address: () => new Uint8Array(4), seconds: () => 0 };
  const length = respondThrough(x, new Chaos("", undefined))(query, query.length, out, client);
  return readReply(out.subarray(0, length));
}

/** A query with EDNS, as resolvers send it. */
function queryFor({ name, type, dnssec }: Question): Uint8Array {
  const query = new Uint8Array(HEADER + name.length + 4 + 11);
  query[5] = 1;
  query[11] = 1;
  query.set(name, HEADER);
  const at = HEADER + name.length;
  writeU16(query, at, type);
  writeU16(query, at + 2, RrClass.IN);
  writeU16(query, at + 5, RrType.OPT);
  writeU16(query, at + 7, PAYLOAD);
  if (dnssec) query[at + 11] = 0x80;
  return query;
}

/** RFC 1034 §4.3.2 step 2; undefined when there is no zone to answer from, which is told. */
function chooseZone(x: Exchange, steps: Step[]): Zone | undefined {
  const [name] = x.names;
  const rule = "RFC 1034 §4.3.2 2";
  if (x.rcode === Rcode.FORMERR || isTransfer(x.type)) {
    steps.push(noQuestion(x));
    return undefined;
  }
  const held = holderOf(x.catalogue, name, x.type);
  if (held === undefined) {
    const text = `no zone that is served has ${textOf(name)} in it: REFUSED, with extended error 20`;
    steps.push({ rule: "RFC 8914 §4.21", text });
    return undefined;
  }
  const apex = nameToText(held.apex);
  if (held.zone === undefined) {
    const text = `zone ${apex} should answer, and its text does not load: SERVFAIL, unless an older version is served`;
    steps.push({ rule: "RFC 8914 §4.25", text });
    return undefined;
  }
  const own = x.catalogue.find(name, 0);
  if (own !== held) {
    const text = `DS of ${textOf(name)} is asked of the parent's side, though that zone is served here, too`;
    steps.push({ rule: "RFC 4035 §3.1.4.1", text });
  }
  const text = `zone ${apex}, serial ${held.zone.serial}: the longest end of the name that is a zone here${shorter(x, held.apex)}`;
  steps.push({ rule, text });
  return held.zone;
}

/** The next zone above, when that is served, too: a reader may have expected it. */
function shorter(x: Exchange, apex: Uint8Array): string {
  const name = new Name();
  name.read(apex, 0, apex.length);
  const above = name.labels === 0 ? undefined : x.catalogue.find(name, 1);
  return above === undefined ? "" : `, longer than ${nameToText(above.apex)}`;
}

function isTransfer(type: number): boolean {
  return type === RrType.AXFR || type === RrType.IXFR;
}

function noQuestion(x: Exchange): Step {
  if (isTransfer(x.type))
    return { rule: "RFC 5936 §4.2", text: "a transfer: nobody is given one, and over UDP it is no question at all" };
  return { rule: "RFC 6895 §3.1", text: "a type of messages, of which no zone has data: FORMERR" };
}

/** Every name that was searched for, and why the search went on or ended. */
function tellHops(x: Exchange, zone: Zone, say: (step: Step) => void): readonly Hop[] {
  const hops: Hop[] = [];
  for (let i = 0; i <= x.hop; i++) {
    const hop = walk(zone, x.names[i], x.type, say);
    hops.push(hop);
    if (hop.target !== undefined) say(onward(x, zone, hop.target, i));
  }
  const [first] = hops;
  const last = hops[hops.length - 1];
  if (last !== first && last.outcome === Outcome.NXDOMAIN) {
    say({ rule: "RFC 6604 §3", text: "the response code is that of the last name in the chain" });
  }
  return hops;
}

/** The steps are found by searching once more: that they end where the reply did is made sure of. */
function confirm(hops: readonly Hop[], reply: Reply, type: number): void {
  const last = hops[hops.length - 1];
  const soa = reply.authority.some((record) => record.type === RrType.SOA);
  const ns = reply.authority.some((record) => record.type === RrType.NS);
  const aliases = reply.answer.filter((record) => record.type === RrType.CNAME).length;
  const followed = hops.filter(({ outcome }) => outcome === Outcome.CNAME || outcome === Outcome.DNAME).length;
  const negative = last.outcome === Outcome.NXDOMAIN || last.outcome === Outcome.NODATA;
  const agrees =
    (reply.rcode === Rcode.NXDOMAIN) === (last.outcome === Outcome.NXDOMAIN) &&
    (reply.rcode === Rcode.YXDOMAIN) === (last.outcome === Outcome.TOO_LONG) &&
    (negative ? soa : !soa) &&
    (last.outcome === Outcome.REFERRAL) === ns &&
    (aliases === followed || type === RrType.CNAME || type === RrType.ANY);
  if (!agrees) throw new Error(`the steps to ${textOf(last.name)} and the reply differ: a fault of zonecast`);
}
