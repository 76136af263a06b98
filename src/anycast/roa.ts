/**
 * What to register so that others believe our announcements: ROAs in the RPKI, route objects in an IRR. Pure.
 *
 * The maxLength of a ROA is the prefix's own length: a ROA should allow what is announced and nothing else (RFC 9319 §5),
 * since of what it allows besides a forger can announce a part, with our AS as its origin, and be valid.
 */

import type { Prefix } from "../text/prefix.ts";

/** RFC 9582. */
export interface Roa {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: number;
}

export interface Registration {
  readonly as: number;
  readonly roas: readonly Roa[];
  /** RPSL: `route` (RFC 2622 §4), `route6` (RFC 4012 §4.1), and an as-set, each with its attributes in order. */
  readonly objects: readonly (readonly (readonly [attribute: string, value: string])[])[];
}

/** For prefixes that are announced, and covering ones that routers announce as a floor; each prefix once. */
export function registration(as: number, prefixes: readonly Prefix[], covering: readonly Prefix[]): Registration {
  const announced = prefixes.map((prefix) => ({ prefix, about: "anycast" }));
  const all = [...announced, ...covering.map((prefix) => ({ prefix, about: "covering prefix of anycast" }))];
  const once = all.filter(({ prefix }, i) => all.findIndex((other) => other.prefix.text === prefix.text) === i);
  return {
    as,
    roas: once.map(({ prefix: { text, length } }) => ({ prefix: text, maxLength: length, asn: as })),
    objects: [...once.map(({ prefix, about }) => routeObject(prefix, as, about)), asSet(as)],
  };
}

const BY: readonly (readonly [string, string])[] = [
  ["mnt-by", "YOUR-MNT"],
  ["source", "YOUR-IRR"],
];

function routeObject({ family, text }: Prefix, as: number, about: string): (readonly [string, string])[] {
  return [[family === 4 ? "route" : "route6", text], ["descr", about], ["origin", `AS${as}`], ...BY];
}

/** RFC 2622 §5: a hierarchical name, which only the AS itself can register. */
function asSet(as: number): (readonly [string, string])[] {
  return [["as-set", `AS${as}:AS-ANYCAST`], ["descr", "anycast"], ["members", `AS${as}`], ...BY];
}

/** For people: comment lines begin with "%", as in RPSL's databases, so that what lies between can be pasted. */
export function registrationToText({ as, roas, objects }: Registration): string {
  const width = Math.max(...roas.map(({ prefix }) => prefix.length));
  const lines = roas.map(({ prefix, maxLength }) => `${prefix.padEnd(width)}  maxLength ${maxLength}  AS${as}`);
  const rpsl = objects.map((object) => object.map(([name, value]) => `${`${name}:`.padEnd(12)}${value}`).join("\n"));
  return `% ROAs, to be made at the registry that the prefixes are from.
% maxLength is each prefix's own length: with a longer one a forger could announce a part of it, under your AS, and be valid
% (RFC 9319). A prefix that is announced without a ROA, beneath a covering one that has one, is invalid: make all of them.

${lines.join("\n")}

% Route objects, for an IRR: put your maintainer and registry in. Some transits build their filters from them.

${rpsl.slice(0, -1).join("\n\n")}

% An as-set, where a transit asks for one. Say in your aut-num that it is what you announce.

${rpsl.at(-1)}
`;
}
