/** Section anycast: what is wrong with it is said where it stands, and all of it at once. */

import { describe, expect, test } from "vitest";
import { announcedPrefixes, withAnnounced } from "../../src/config/announced.ts";
import { ConfigError, configFromYaml } from "../../src/config/load.ts";
import { listenToText } from "../../src/text/listen.ts";

const NEIGHBOUR = "  as: 64500\n  bgp: { neighbours: [{ at: 127.0.0.1@1790, as: 64500 }] }\n";

function complaints(yaml: string): readonly string[] {
  try {
    configFromYaml(yaml, "pop.yaml");
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe("refused", () => {
  test.each([
    [
      "a prefix that is longer than others take",
      "anycast:\n  prefixes: [{ prefix: 198.51.100.0/25 }]\n",
      /^pop.yaml:2:24 {2}anycast.prefixes\[0\].prefix: expected a prefix .* no longer than \/24 or \/48/,
    ],
    ["one of IPv6", 'anycast:\n  prefixes: [{ prefix: "2001:db8:53::/49" }]\n', /^pop.yaml:2:24 .*no longer than/],
    [
      "an address in place of one",
      "anycast:\n  prefixes: [{ prefix: 198.51.100.53/24 }]\n",
      /^pop.yaml:2:24 .*no address/,
    ],
    [
      "an address outside its prefix",
      `anycast:\n${NEIGHBOUR}  prefixes: [{ prefix: 198.51.100.0/24, addresses: [198.51.101.53] }]\n`,
      /^pop.yaml:4:53 {2}anycast.prefixes\[0\].addresses\[0\]: 198.51.101.53 is not in 198.51.100.0\/24$/,
    ],
    [
      "a prefix that nothing is served in",
      `anycast:\n${NEIGHBOUR}  prefixes: [{ prefix: 198.51.100.0/24 }]\n`,
      /^pop.yaml:4:14 {2}anycast.prefixes\[0\]: no address in 198.51.100.0\/24 is served/,
    ],
    ["a neighbour's name", "anycast:\n  bgp: { neighbours: [{ at: router1, as: 1 }] }\n", /^pop.yaml:2:29 .*ADDR@PORT/],
    ["an AS that is nobody's", "anycast:\n  as: 23456\n", /^pop.yaml:2:7 {2}anycast.as: expected an AS number/],
    [
      "a neighbour without an AS",
      "anycast:\n  bgp: { neighbours: [{ at: 127.0.0.1@1790 }] }\n",
      /neighbours\[0\].as: expected/,
    ],
    [
      "a neighbour inside what is announced to it",
      "anycast:\n  as: 1\n  bgp: { neighbours: [{ at: 198.51.100.1, as: 2 }] }\n  prefixes: [{ prefix: 198.51.100.0/24, addresses: [198.51.100.53] }]\n",
      /^pop.yaml:3:23 .*is in a prefix that is announced to it/,
    ],
    [
      "a floor under nothing",
      `anycast:\n${NEIGHBOUR}  prefixes: [{ prefix: 198.51.100.0/24, addresses: [198.51.100.53] }]\n  covering: [192.0.2.0/23]\n`,
      /^pop.yaml:5:14 {2}anycast.covering\[0\]: 192.0.2.0\/23 covers none of prefixes$/,
    ],
    ["a community of three", "anycast: { levels: { up: { communities: [1:2:3] } } }\n", /RFC 1997/],
    ["a percentage over all", "anycast: { fleet: { most: 101% } }\n", /anycast.fleet.most: expected/],
    [
      "bounds in the wrong order",
      `anycast:\n${NEIGHBOUR}  drain: { least: 10, most: 5 }\n  prefixes: [{ prefix: 198.51.100.0/24, addresses: [198.51.100.53] }]\n`,
      /^pop.yaml:4:29 {2}anycast.drain.most: less than drain.least$/,
    ],
  ])("%s", (_, yaml, expected) => expect(complaints(yaml).join("\n")).toMatch(expected));

  test("all at once: no AS, nobody to announce to, a prefix twice", () => {
    const prefix = "{ prefix: 198.51.100.0/24, addresses: [198.51.100.53] }";
    expect(complaints(`anycast:\n  prefixes: [${prefix}, ${prefix}]\n`)).toEqual([
      "pop.yaml:2:3  anycast: as is missing: the AS number that the prefixes are announced from",
      "pop.yaml:2:3  anycast: bgp.neighbours is missing: name the router to announce to, or another way with by: bird or frr",
      "pop.yaml:2:71  anycast.prefixes[1]: 198.51.100.0/24 is there already",
    ]);
  });
});

test("addresses are those that are named, else those of listen", () => {
  const { anycast, listen } = configFromYaml(
    [
      "listen: [198.51.100.53, 198.51.100.54@5300, 192.0.2.1]",
      "anycast:",
      NEIGHBOUR.trimEnd(),
      "  prefixes:",
      "    - { prefix: 198.51.100.0/24, service: ns1 }",
      '    - { prefix: "2001:db8:53::/48", service: ns1, addresses: ["2001:db8:53::53"] }',
    ].join("\n"),
    "pop.yaml",
  );
  const given = listen.filter((one) => one !== undefined);
  const announced = announcedPrefixes(anycast, given);
  expect(announced.map(({ addresses }) => addresses.map(listenToText))).toEqual([
    ["198.51.100.53@53", "198.51.100.54@5300"],
    ["2001:db8:53::53@53"],
  ]);
  expect(withAnnounced(given, announced).map(listenToText)).toEqual([
    "198.51.100.53@53",
    "198.51.100.54@5300",
    "192.0.2.1@53",
    "2001:db8:53::53@53",
  ]);
});

test("communities are read as numbers, a percentage as one", () => {
  const { levels, fleet } = configFromYaml(
    "anycast: { levels: { up: { communities: 65535:0, large-communities: 64500:1:2 } }, fleet: { most: 25% } }",
    "pop.yaml",
  ).anycast;
  expect(levels.up).toEqual({
    communities: [0xffff0000],
    "large-communities": [[64500, 1, 2]],
    med: undefined,
    prepends: 0,
  });
  expect(levels.draining.communities).toEqual([0xffff0000]);
  expect(fleet.most).toEqual({ percent: 25 });
});
