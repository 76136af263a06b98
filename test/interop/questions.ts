import type { Question } from "./query.ts";
import type { Random } from "./random.ts";
import { hashedOwner, ownersOf } from "./zonetext.ts";

const types = [
  ...["A", "AAAA", "NS", "SOA", "MX", "TXT", "CNAME", "DNAME", "DS", "DNSKEY", "NSEC", "NSEC3PARAM", "RRSIG"],
  ...["SRV", "PTR", "CAA", "HTTPS", "TYPE65280"],
];

/** How many questions of each sort to draw for a zone. */
export type Share = { exact: number; varied: number; any: number };

/** Questions about a flat zone text: its own names with all types, names beside, below and above them, and ANY. */
export function questionsFor(origin: string, flat: string, random: Random, share: Share): Question[] {
  const owners = ownersOf(flat);
  const exact = [...owners].flatMap(([name, own]) => pairs(name, [...new Set([...types, ...own])]));
  const hashed = hashedOwner(flat);
  const names = new Set([...owners.keys()].flatMap((name) => variations(name, random)));
  names.add(parentOf(`${origin}.`));
  if (hashed) names.add(hashed);
  for (const owner of owners.keys()) names.delete(owner);
  const varied = [...names].flatMap((name) => pairs(name, types));
  const any = [...owners.keys(), ...names].map((name) => ({ name, type: "ANY" }));
  return [
    ...random.shuffled(exact).slice(0, share.exact),
    ...random.shuffled(varied).slice(0, share.varied),
    ...random.shuffled(any).slice(0, share.any),
  ];
}

/** Questions that are unusual as messages: other classes, meta-types, EDNS of every description. */
export function oddQuestions(origin: string): Question[] {
  const names = [`${origin}.`, `www.${origin}.`, `no.such.name.${origin}.`, "elsewhere.invalid."];
  const metaTypes = ["TYPE0", "TYPE41", "TYPE128", "TYPE249", "TYPE250", "TYPE253", "TYPE254", "TYPE65535"];
  const edns: NonNullable<Question["edns"]>[] = [
    { size: 0 },
    { size: 512, dnssecOk: true },
    { size: 4096 },
    { size: 65535, dnssecOk: true },
    { version: 1 },
    { version: 255, dnssecOk: true },
    { options: [{ code: 65001, data: Buffer.from("0102", "hex") }] },
    { options: [65002, 65002].map((code) => ({ code, data: Buffer.alloc(0) })) },
  ];
  return names.flatMap((name) => [
    { name, type: "A", rd: true },
    // No question of class CHAOS for a foreign name: BIND does not answer it at all.
    ...[...(name === "elsewhere.invalid." ? [] : [3]), 4, 254, 255, 4096].map((rrclass) => ({
      name,
      type: "A",
      class: rrclass,
    })),
    ...metaTypes.map((type) => ({ name, type })),
    ...edns.map((each) => ({ name, type: "DNSKEY", edns: each })),
  ]);
}

function pairs(name: string, all: readonly string[]): Question[] {
  return all.map((type) => ({ name, type }));
}

/** Names near one that exists, chosen so that each takes another way through the search for an answer. */
function variations(name: string, random: Random): string[] {
  const parent = parentOf(name);
  const label = random.pick(["zz", "0", "a", "b", "_x", "*", "m\\.n", "\\000"]);
  const candidates = [
    `${label}.${name}`,
    `*.${name}`,
    `no.such.name.${name}`,
    `${label}.${parent}`,
    `x.*.${parent}`,
    parent,
    parentOf(parent),
    name.toUpperCase(),
  ];
  return candidates.map((each) => each.replace(/\.\.$/, ".")).filter((each) => each.length < 240);
}

function parentOf(name: string): string {
  const rest = name.replace(/^(\\.|[^.\\])*\./, "");
  return rest === "" ? "." : rest;
}
