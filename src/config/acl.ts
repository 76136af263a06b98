/** The section acl: who may ask, and who may reach the admin server, by prefix. The longest prefix decides. */

import { isIP } from "node:net";
import { isScalar, type Node } from "yaml";
import type { AclRule } from "../answer/acl.ts";
import { addressOctets } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import { type Prefix, prefixAround, prefixFromText } from "../text/prefix.ts";
import { checked, choice, type Fault, list, type Option, section, type Value } from "./option.ts";

/** An entry: "all" is two prefixes. */
export interface AclEntry {
  readonly allow: boolean;
  readonly prefixes: readonly Prefix[];
}

const ALL: readonly Prefix[] = ["0.0.0.0/0", "::/0"].flatMap((text) => prefixFromText(text) ?? []);

/** The entry that a text is, or half a sentence: what is wrong with it. */
function entryFrom(text: string): AclEntry | string {
  const [verb, place = "", ...more] = text.trim().split(/\s+/);
  if ((verb !== "allow" && verb !== "deny") || place === "" || more.length > 0) {
    return `expected ${entry.expected}, got ${JSON.stringify(text)}`;
  }
  const prefixes = prefixesFrom(place);
  return typeof prefixes === "string" ? prefixes : { allow: verb === "allow", prefixes };
}

function prefixesFrom(place: string): readonly Prefix[] | string {
  if (place === "all") return ALL;
  const whole = isIP(place) === 4 ? `${place}/32` : isIP(place) === 6 ? `${place}/128` : place;
  const around = prefixAround(whole);
  if (around === undefined) {
    return `${place} is no prefix: expected one such as 192.0.2.0/24 or 2001:db8::/32, an address, or all`;
  }
  if (prefixFromText(whole) === undefined) {
    return `${place} has bits behind its length: write ${around.text} for the prefix, or the address without "/"`;
  }
  // No client has such an address: our IPv6 sockets take IPv6 only.
  if (around.text.startsWith("::ffff:") && around.length > 32) return `${place} is of IPv4: write it as such`;
  return [around];
}

const entry: Option<AclEntry | undefined> = {
  expected: '"allow PREFIX" or "deny PREFIX", such as deny 203.0.113.0/24, or deny all',
  fallback: undefined,
  read(node: Node, path, complain) {
    const value = isScalar(node) ? node.value : undefined;
    const found = typeof value === "string" ? entryFrom(value) : `expected ${entry.expected}`;
    if (typeof found !== "string") return found;
    complain(node, `${path}: ${found}`);
    return undefined;
  },
};

const entries = list(entry, []);

const inner = section({
  /** Who is answered. */
  queries: entries,
  /** What those get who are not: REFUSED, or nothing at all. */
  denied: choice(["refuse", "drop"], "refuse"),
  /** Who is let in to the admin server. */
  admin: entries,
});

export type AclConfig = Value<typeof inner>;

export const acl: Option<AclConfig> = checked(inner, ({ queries, admin }) => [
  ...faultsOf("queries", queries),
  ...faultsOf("admin", admin),
]);

/** Entries that contradict others, and those that do nothing: whoever wrote them has meant something else. */
function faultsOf(name: "queries" | "admin", list: AclConfig["queries"]): Fault[] {
  const seen = new Map<string, { readonly allow: boolean; readonly at: number }>();
  const faults: Fault[] = [];
  list.forEach((one, at) => {
    for (const prefix of one?.prefixes ?? []) {
      const before = seen.get(prefix.text);
      if (one !== undefined && before === undefined) seen.set(prefix.text, { allow: one.allow, at });
      else if (before !== undefined) faults.push({ at: [name, at], what: repeated(prefix, before, one?.allow) });
    }
  });
  const isDenied = withinOne([...seen].flatMap(([text, { allow }]) => (allow ? [] : [text])));
  for (const [text, { allow, at }] of seen) {
    if (!allow || isDenied(text)) continue;
    const what = `allows ${text}, which nothing denies: whoever is in no entry is allowed; "deny all" denies all others`;
    faults.push({ at: [name, at], what });
  }
  return faults;
}

function repeated(
  { text }: Prefix,
  before: { readonly allow: boolean; readonly at: number },
  allow: boolean | undefined,
): string {
  const how = before.allow === allow ? "is there" : `is ${before.allow ? "allowed" : "denied"}`;
  return `${text} ${how} already, by entry ${before.at + 1}: leave out one of them`;
}

/** Tells of a prefix whether one of these, which are shorter, is around it. */
function withinOne(texts: readonly string[]): (text: string) => boolean {
  const all = new Set(texts);
  const lengths = [...new Set(texts.map((text) => Number(text.split("/")[1])))];
  return (text) => {
    const [host, length] = text.split("/");
    return lengths.some(
      (shorter) => shorter < Number(length) && all.has(prefixAround(`${host}/${shorter}`)?.text ?? ""),
    );
  };
}

/**
 * The rules that the entries make. `own`: addresses that are allowed whatever the entries say, as a POP that does not
 * answer itself would take itself for dead.
 */
export function rulesOf(entries: AclConfig["queries"], own: readonly Listen[] = []): AclRule[] {
  const rules = entries.flatMap((one) =>
    (one?.prefixes ?? []).map(({ octets, length }) => ({ allow: one?.allow === true, octets, length })),
  );
  if (rules.length === 0) return [];
  const ours = own.map(({ address }) => addressOctets(address));
  return [...rules, ...ours.map((octets) => ({ allow: true, octets, length: octets.length * 8 }))];
}
