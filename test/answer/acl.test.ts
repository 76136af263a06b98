/** Who is denied: the table against the rule that the longest prefix decides, and what a responder does about it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Acl, type AclRule, aclTable } from "../../src/answer/acl.ts";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { Count, Counters } from "../../src/answer/counters.ts";
import { responder } from "../../src/answer/respond.ts";
import { nameFromText } from "../../src/text/name.ts";
import { covers, type Prefix, prefixFromText } from "../../src/text/prefix.ts";
import { decode } from "../support/message.ts";
import { printMessage } from "../support/print.ts";
import { queryFromText } from "../support/query.ts";
import { addressFromText, zoneFromText } from "../support/server.ts";

/** "deny 192.0.2.0/24" */
function rule(text: string): AclRule & { readonly prefix: Prefix } {
  const [verb, place = ""] = text.split(" ");
  const prefix = prefixFromText(place);
  if (prefix === undefined) throw new Error(`no prefix: ${place}`);
  return { allow: verb === "allow", octets: prefix.octets, length: prefix.length, prefix };
}

const denied = (rules: readonly string[], address: string) =>
  new Acl(aclTable(rules.map(rule))).denies(addressFromText(address));

test.each<readonly [readonly string[], string, boolean]>([
  [[], "192.0.2.1", false],
  [["deny 192.0.2.0/24"], "192.0.1.255", false],
  [["deny 192.0.2.0/24"], "192.0.2.0", true],
  [["deny 192.0.2.0/24"], "192.0.2.255", true],
  [["deny 192.0.2.0/24"], "192.0.3.0", false],
  [["deny 0.0.0.0/0"], "0.0.0.0", true],
  [["deny 0.0.0.0/0"], "255.255.255.255", true],
  [["deny 0.0.0.0/0"], "2001:db8::1", false],
  [["deny 255.255.255.255/32"], "255.255.255.255", true],
  [["deny 255.255.255.255/32"], "255.255.255.254", false],
  [["deny ::/0", "allow 2001:db8::/32"], "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false],
  [["deny ::/0", "allow 2001:db8::/32"], "2001:db9::0", true],
  [["deny ::/0"], "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true],
  // Neighbours, and prefixes that begin or end together.
  [["deny 10.0.0.0/9", "deny 10.128.0.0/9"], "10.128.0.0", true],
  [["deny 10.0.0.0/8", "allow 10.0.0.0/16", "deny 10.0.0.0/24"], "10.0.0.7", true],
  [["deny 10.0.0.0/8", "allow 10.0.0.0/16", "deny 10.0.0.0/24"], "10.0.1.0", false],
  [["deny 10.0.0.0/8", "allow 10.255.0.0/16", "deny 10.255.255.0/24"], "10.255.255.255", true],
  [["deny 10.0.0.0/8", "allow 10.255.0.0/16", "deny 10.255.255.0/24"], "11.0.0.0", false],
  // Of two for one prefix the later one: a POP's own address after all others.
  [["deny 192.0.2.1/32", "allow 192.0.2.1/32"], "192.0.2.1", false],
])("%j: %s is denied: %s", (rules, address, expected) => {
  expect(denied(rules, address)).toBe(expected);
  expect(denied([...rules].reverse(), address)).toBe(
    (rules.length === 2 && rules[1] === "allow 192.0.2.1/32") || expected,
  );
});

test("for any rules and addresses, the longest prefix decides", () => {
  // Few bits vary, so that prefixes lie in each other, and addresses in them.
  const word = fc.constantFrom(0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff);
  const octets = fc.constantFrom(4, 16).chain((size) => fc.array(word, { minLength: size, maxLength: size }));
  const drawn = fc.record({ octets, length: fc.nat(128), allow: fc.boolean() });
  const check = (rules: AclRule[], addresses: number[][]) => {
    const acl = new Acl(aclTable(rules));
    for (const each of addresses) {
      const address = Uint8Array.from(each);
      expect(acl.denies(address)).toBe(deniedByLongest(rules, address));
    }
  };
  fc.assert(
    fc.property(
      fc.array(drawn, { maxLength: 40 }),
      fc.array(octets, { minLength: 20, maxLength: 20 }),
      (all, addresses) => {
        const rules = all.map(({ octets, length, allow }) => {
          const bits = Math.min(length, octets.length * 8);
          const masked = octets.map((octet, i) => octet & (0xff << (8 - Math.min(8, Math.max(0, bits - i * 8)))));
          return { allow, octets: Uint8Array.from(masked), length: bits };
        });
        const edges = rules.map((one) => [...one.octets]);
        check(rules, [...addresses, ...edges]);
      },
    ),
    { numRuns: 300 },
  );
});

function deniedByLongest(rules: readonly AclRule[], address: Uint8Array): boolean {
  let best: AclRule | undefined;
  const whole: Prefix = { text: "", family: 4, octets: address, length: address.length * 8 };
  for (const one of rules) {
    const isIn = covers({ text: "", family: 4, ...one }, whole);
    if (isIn && (best === undefined || one.length >= best.length)) best = one;
  }
  return best?.allow === false;
}

function asking(dropsDenied: boolean) {
  const counters = new Counters();
  const catalogue = new Catalogue();
  catalogue.set(
    nameFromText("example."),
    zoneFromText("example.", "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.other.\n", "acl"),
  );
  catalogue.complete = true;
  const acl = new Acl(aclTable([rule("deny 203.0.113.0/24")]));
  const settings = { payload: 1232, identity: Uint8Array.of(80), cookies: undefined, idle: 10, acl, dropsDenied };
  const respond = responder(catalogue, new Chaos("pop", undefined), settings, counters);
  const ask = (address: string, question: string): string => {
    const { bytes: query, transport } = queryFromText(question);
    const reply = new Uint8Array(1232);
    const client = {
      stream: transport !== "udp",
      encrypted: false,
      address: () => addressFromText(address),
      seconds: () => 0,
    };
    const octets = respond(query, query.length, reply, client);
    return octets === 0 ? "nothing" : printMessage(decode(reply.slice(0, octets)), true).join("\n");
  };
  return { ask, cells: counters.cells };
}

test("refuse: REFUSED and Prohibited for whatever is asked, and no data", () => {
  const { ask, cells } = asking(false);
  for (const question of [
    "example. SOA +edns",
    "www.example. A +edns",
    "id.server. TXT CH +edns",
    "example. AXFR +tcp +edns",
  ]) {
    const reply = ask("203.0.113.9", question);
    expect(reply, question).toMatch(/^REFUSED qr/);
    expect(reply, question).toMatch(/ede=18/);
    expect(reply, question).not.toMatch(/ANSWER|AUTHORITY/);
  }
  expect(ask("203.0.114.1", "example. SOA +edns")).toMatch(/^NOERROR qr aa/);
  expect(ask("2001:db8::1", "example. SOA +edns")).toMatch(/^NOERROR qr aa/);
  expect([cells[Count.DENIED_REFUSED], cells[Count.DENIED_DROPPED]]).toEqual([4, 0]);
});

test("drop: nothing, and it is counted", () => {
  const { ask, cells } = asking(true);
  expect(ask("203.0.113.9", "example. SOA +edns")).toBe("nothing");
  expect(ask("203.0.112.9", "example. SOA")).toMatch(/^NOERROR qr aa/);
  expect([cells[Count.DENIED_REFUSED], cells[Count.DENIED_DROPPED]]).toEqual([0, 1]);
});
