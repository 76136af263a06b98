/** What is tapped, as configured. */

import { describe, expect, test } from "vitest";
import { configFromYaml, defaults } from "../../src/config/load.ts";

const read = (yaml: string) => configFromYaml(yaml, "pop.yaml");

test("nothing is written by default, and clients are looked at where somebody can see it", () => {
  expect(defaults.querylog).toEqual({ sample: 0, zones: [], clients: [], rcodes: [], to: "-" });
  expect(defaults.dnstap).toEqual({ sample: 1, zones: [], clients: [], rcodes: [], socket: undefined });
  expect(defaults.catchment).toBe("auto");
});

test("lists, or one item that stands for a list; names in any case, with or without their last dot", () => {
  const { querylog } = read(
    'querylog: { sample: 100, zones: [Example.COM, "test."], clients: 192.0.2.0/24, rcodes: [SERVFAIL, BADVERS], to: "unix:/run/x" }',
  );
  expect(querylog.zones.map((zone) => Buffer.from(zone ?? []).toString("latin1"))).toEqual([
    "\x07example\x03com\0",
    "\x04test\0",
  ]);
  expect(querylog.clients.map((prefix) => prefix?.text)).toEqual(["192.0.2.0/24"]);
  expect(querylog).toMatchObject({ sample: 100, rcodes: ["SERVFAIL", "BADVERS"], to: "unix:/run/x" });
  expect(read("catchment: 0").catchment).toBe(0);
  expect(read("dnstap: { socket: a.sock, sample: 7 }").dnstap).toMatchObject({ socket: "a.sock", sample: 7 });
});

describe("what is refused", () => {
  test.each([
    ["querylog: { sample: -1 }", "pop.yaml:1:21  querylog.sample: expected a whole number from 0 to 1000000, got -1"],
    ["querylog: { sample: 1000001 }", "querylog.sample: expected a whole number from 0 to 1000000"],
    ["querylog: { clients: [192.0.2.1/24] }", "querylog.clients[0]: expected a prefix, such as 192.0.2.0/24"],
    ["dnstap: { clients: [192.0.2.1] }", "dnstap.clients[0]: expected a prefix"],
    ["querylog: { zones: [a..b] }", "querylog.zones[0]: expected a zone's name"],
    ['querylog: { zones: [""] }', "querylog.zones[0]: expected a zone's name"],
    ["querylog: { rcodes: [servfail] }", "querylog.rcodes[0]: expected one of NOERROR, FORMERR, SERVFAIL"],
    ['querylog: { to: "" }', "querylog.to: expected a path, unix:PATH, or - for standard output"],
    ['querylog: { to: "unix:" }', "querylog.to: expected a path, unix:PATH, or - for standard output"],
    ['dnstap: { socket: "" }', "dnstap.socket: expected the path of a socket"],
    ["catchment: often", "catchment: expected a whole number from 0 to 1000000 or auto"],
    ["querylog: 5", "querylog: expected a section"],
  ])("%s", (yaml, why) => {
    expect(() => read(yaml)).toThrow(why);
  });
});
