/** Why the records beside the answer are there: SOA, DS, proofs, addresses, signatures. */

import { nameToText } from "../../text/name.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import { Denial, type Zone } from "../../zone/image.ts";
import type { Exchange } from "../exchange.ts";
import type { Question } from "./explain.ts";
import { proofs } from "./proofs.ts";
import type { Reply, ReplyRecord } from "./reply.ts";
import { type Hop, Outcome, type Step } from "./step.ts";
import { textOf } from "./walk.ts";

/** The steps for what stands in the authority and additional section. */
export function sections(
  x: Exchange,
  zone: Zone,
  hops: readonly Hop[],
  { answer, authority, additional }: Reply,
  { type, dnssec }: Question,
): readonly Step[] {
  const last = hops[hops.length - 1];
  const steps: Step[] = [];
  if (authority.some((record) => record.type === RrType.SOA)) {
    const text = `the SOA goes with it; its TTL, ${zone.negativeTtl}, says how long the "no" may be kept`;
    steps.push({ rule: "RFC 2308 §3, §5", text });
  }
  if (last.outcome === Outcome.REFERRAL) steps.push(...delegation(zone, last, authority, dnssec));
  if (dnssec && zone.signed) {
    steps.push(...proofs(authority, hops, type, zone.apexLabels));
    const signatures = [answer, authority, additional].flat().filter((record) => record.type === RrType.RRSIG).length;
    if (signatures > 0) steps.push({ rule: "RFC 4035 §3.1.1", text: `DO was set: ${signatures} RRSIGs go along` });
  } else if (dnssec)
    steps.push({ rule: "RFC 4035 §3.1", text: "DO was set, but this zone is not signed: nothing is added" });
  steps.push(...addresses(last, answer, authority, additional));
  if (x.authoritative && last.outcome === Outcome.REFERRAL) {
    steps.push({ rule: "RFC 1034 §6.2.7", text: "AA is set, as an alias of ours led to the referral" });
  }
  return steps;
}

/** RFC 4035 §3.1.4: whether the child is signed. */
function delegation(zone: Zone, { name, label }: Hop, authority: readonly ReplyRecord[], dnssec: boolean): Step[] {
  if (!dnssec || zone.denial === Denial.NONE) return [];
  const cut = textOf(name, label);
  const signed = authority.some(({ type }) => type === RrType.DS);
  const text = signed
    ? `${cut} has DS: that zone is signed`
    : `${cut} has no DS, which is proven: that zone is not signed`;
  return [{ rule: "RFC 4035 §3.1.4", text }];
}

/** Glue, and addresses that save the resolver a question. */
function addresses(
  last: Hop,
  answer: readonly ReplyRecord[],
  authority: readonly ReplyRecord[],
  additional: readonly ReplyRecord[],
): Step[] {
  const owners = new Set(additional.filter(({ type }) => type !== RrType.RRSIG).map(({ owner }) => nameToText(owner)));
  if (last.outcome !== Outcome.REFERRAL) {
    const type = answer.at(-1)?.type;
    const data = answer.findLast((record) => record.type !== RrType.RRSIG)?.type ?? type;
    return [...owners].map((owner) => ({
      rule: "RFC 1034 §4.3.2 6",
      text: `addresses of ${owner}, to which the ${typeToText(data ?? 0)} leads, save a question`,
    }));
  }
  const cut = textOf(last.name, last.label).toLowerCase();
  const servers = authority.filter(({ type }) => type === RrType.NS).map(({ rdata }) => nameToText(rdata));
  const glue = [...owners].map((owner): Step => {
    const below = owner.toLowerCase() === cut || owner.toLowerCase().endsWith(`.${cut}`);
    if (below)
      return {
        rule: "RFC 9471 §3.1",
        text: `addresses of ${owner}, glue: it is below the cut, and nobody else has them`,
      };
    return { rule: "RFC 1034 §4.3.2 3b", text: `addresses of ${owner}, a server that is in this zone's text, too` };
  });
  const without = servers.filter((server) => !owners.has(server));
  if (without.length > 0) {
    glue.push({ rule: "RFC 1034 §4.3.2 3b", text: `addresses of ${without.join(", ")} are looked for elsewhere` });
  }
  return glue;
}
