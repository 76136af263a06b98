/** The section acl: entries, what they make, and what is said of entries that nobody can have meant. */

import { describe, expect, test } from "vitest";
import { Acl, aclTable } from "../../src/answer/acl.ts";
import { rulesOf } from "../../src/config/acl.ts";
import { configFromYaml, defaults } from "../../src/config/load.ts";
import { addressOctets } from "../../src/text/ipaddress.ts";

const read = (yaml: string) => configFromYaml(`acl: ${yaml}`, "pop.yaml").acl;

function denies(yaml: string, own: string[] = []) {
  const rules = rulesOf(
    read(yaml).queries,
    own.map((address) => ({ address, port: 53 })),
  );
  const acl = new Acl(aclTable(rules));
  return (address: string) => acl.denies(addressOctets(address));
}

test("nobody is denied by default", () => {
  expect(defaults.acl).toEqual({ queries: [], denied: "refuse", admin: [] });
  expect(rulesOf(defaults.acl.queries, [{ address: "192.0.2.1", port: 53 }])).toEqual([]);
});

test("prefixes, single addresses, and all of both families, in any order", () => {
  const denied = denies(
    "{ queries: [allow 192.0.2.0/24, deny all, deny 192.0.2.7, allow 2001:db8::/32, 'allow ::1'] }",
  );
  expect(["192.0.2.1", "2001:db8::1", "::1"].map(denied)).toEqual([false, false, false]);
  expect(["192.0.2.7", "198.51.100.1", "2001:db9::1", "::2"].map(denied)).toEqual([true, true, true, true]);
});

test("a POP's own addresses are allowed, whatever the entries say", () => {
  const denied = denies("{ queries: [deny all, deny 198.51.100.53] }", ["198.51.100.53", "2001:db8::53"]);
  expect(["198.51.100.53", "2001:db8::53"].map(denied)).toEqual([false, false]);
  expect(["198.51.100.54", "2001:db8::54"].map(denied)).toEqual([true, true]);
});

test("ten thousand entries are read and looked up", () => {
  const entries = Array.from({ length: 10_000 }, (_, i) => `deny 10.${i >>> 8}.${i & 255}.0/24`);
  const denied = denies(`{ queries: [${entries.join(", ")}] }`);
  expect(["10.0.0.0", "10.39.15.255", "10.39.16.0", "9.255.255.255"].map(denied)).toEqual([true, true, false, false]);
});

describe("what is refused", () => {
  test.each([
    ["{ queries: [block 192.0.2.0/24] }", 'pop.yaml:1:18  acl.queries[0]: expected "allow PREFIX" or "deny PREFIX"'],
    ["{ queries: [192.0.2.0/24] }", 'acl.queries[0]: expected "allow PREFIX" or "deny PREFIX", such as deny 203'],
    ["{ queries: [deny] }", 'acl.queries[0]: expected "allow PREFIX" or "deny PREFIX"'],
    ["{ queries: [7] }", 'acl.queries[0]: expected "allow PREFIX" or "deny PREFIX"'],
    ["{ queries: [deny 192.0.2.0/24 now] }", 'acl.queries[0]: expected "allow PREFIX" or "deny PREFIX"'],
    [
      "{ queries: [deny 192.0.2.0/33] }",
      "acl.queries[0]: 192.0.2.0/33 is no prefix: expected one such as 192.0.2.0/24",
    ],
    ["{ queries: [deny example.com] }", "acl.queries[0]: example.com is no prefix"],
    ["{ queries: [deny fe80::1%eth0] }", "acl.queries[0]: fe80::1%eth0 is no prefix"],
    ["{ queries: [deny ::ffff:192.0.2.1] }", "acl.queries[0]: ::ffff:192.0.2.1 is of IPv4: write it as such"],
    [
      "{ admin: [deny all, allow 192.0.2.1/24] }",
      "pop.yaml:1:26  acl.admin[1]: 192.0.2.1/24 has bits behind its length: write 192.0.2.0/24 for the prefix",
    ],
    [
      "{ queries: [deny 2001:db8::1/64] }",
      "acl.queries[0]: 2001:db8::1/64 has bits behind its length: write 2001:db8::/64",
    ],
    [
      "{ queries: [deny 192.0.2.0/24, allow 192.0.2.0/24] }",
      "pop.yaml:1:37  acl.queries[1]: 192.0.2.0/24 is denied already, by entry 1: leave out one of them",
    ],
    [
      "{ queries: [deny all, 'deny ::/0'] }",
      "acl.queries[1]: ::/0 is there already, by entry 1: leave out one of them",
    ],
    [
      "{ admin: [allow 192.0.2.0/24] }",
      'pop.yaml:1:16  acl.admin[0]: allows 192.0.2.0/24, which nothing denies: whoever is in no entry is allowed; "deny all" denies all others',
    ],
    [
      "{ queries: [deny 192.0.2.0/25, allow 192.0.2.0/24] }",
      "acl.queries[1]: allows 192.0.2.0/24, which nothing denies",
    ],
    ["{ denied: ignore }", "acl.denied: expected one of refuse, drop"],
  ])("%s", (yaml, message) => {
    expect(() => read(yaml)).toThrow(message);
  });
});
