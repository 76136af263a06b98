/**
 * Configurations of BIRD: those of deploy/bird, with the lab's numbers in the place of theirs. So what is shown to
 * people is what is drilled.
 */

import { readFileSync } from "node:fs";
import {
  AS,
  addressOn,
  asOf,
  CLIENTS,
  CUSTOMERS,
  neighboursOf,
  POPS,
  routerId,
  SERVED,
  STORE,
  transitOf,
} from "./topology.ts";

/** Seconds of silence after which the transits and the POPs' BIRD take each other for dead, in the place of 30. */
const UPLINK_HOLD = 9;
/** Where a POP's BIRD waits for the program, in deploy/bird/session.conf. */
export const LOCAL_PORT = 1790;

const PASSWORD = "lab";
/** A session that has failed is tried again soon: drills wait for it. */
const SOON = "connect delay time 1; connect retry time 2; error wait time 1, 2;";
const LOG = "log stderr all;\ntimeformat log iso long us;";

type Family = 4 | 6;
const FAMILIES: readonly Family[] = [4, 6];

/** With BFD on the POPs' uplinks, as in the examples, or without. */
export interface Bfd {
  readonly bfd: boolean;
}

type Change = readonly [what: string | RegExp, by: string];

/** A file of deploy/bird with changes. Throws when one finds no place, as the file is another than the lab knows. */
function example(file: string, changes: readonly Change[]): string {
  let text = readFileSync(new URL(`../../deploy/bird/${file}`, import.meta.url), "utf8");
  for (const [what, by] of changes) {
    const there = typeof what === "string" ? text.includes(what) : what.test(text);
    if (!there) throw new Error(`deploy/bird/${file} has no ${what}: test/lab/birdconf.ts wants to change it`);
    text = text.replace(what, () => by);
  }
  return text;
}

function watched({ bfd }: Bfd): readonly Change[] {
  return bfd ? [] : [["bfd on;", "bfd off;"]];
}

/** The configuration of a transit: deploy/bird/router.conf, and sessions with the other transits. */
export function transitConf(name: string, bfd: Bfd): string {
  const hosts = [...CLIENTS, STORE].map((host) => host.name);
  const others = neighboursOf(name).filter((other) => !hosts.includes(other));
  const pops = others.filter((other) => POPS.some((pop) => pop.name === other));
  const transits = others.filter((other) => !pops.includes(other));
  const sessions = [
    ...pops.flatMap((pop) => FAMILIES.map((family) => popSession(name, pop, family))),
    ...transits.flatMap((other) => FAMILIES.map((family) => transitSession(name, other, family))),
  ];
  return example("router.conf", [
    [/^log syslog .*$/m, LOG],
    [/^router id .*$/m, `router id ${routerId(name)};`],
    [/^define MYAS = .*$/m, `define MYAS = ${asOf(name)};`],
    // In the place of a validator, what one would say.
    [/^protocol rpki \{.*?^\}/ms, FAMILIES.map(roas).join("")],
    ["ipv4 { import none; export all; }", "ipv4 { import none; export where source != RTS_DEVICE; }"],
    ["ipv6 { import none; export all; }", "ipv6 { import none; export where source != RTS_DEVICE; }"],
    // The traces are what drills measure by.
    ["template bgp any_customer {", `template bgp any_customer {\n  debug { routes, states };\n  ${SOON}`],
    ["hold time 30;", `hold time ${UPLINK_HOLD};`],
    ...watched(bfd),
    [/^protocol bgp pop1_v4 .*$/ms, `protocol direct { ipv4; ipv6; }\n${sessions.join("")}`],
  ]);
}

/** Our prefixes are our AS's, and no longer ones. */
function roas(family: Family): string {
  const routes = SERVED.filter((one) => one.family === family).map(
    ({ prefix }) => `  route ${prefix} max ${prefix.split("/")[1]} as ${AS};\n`,
  );
  return `protocol static {\n  roa${family} { table rpki${family}; };\n${routes.join("")}}\n`;
}

function popSession(transit: string, pop: string, family: Family): string {
  return session(`${pop}${family} from customer${family}`, [transit, pop], family, [asOf(transit), AS], PASSWORD);
}

/** A peer is told of one's own networks and one's customers', a customer of everything. */
function transitSession(here: string, there: string, family: Family): string {
  const isCustomer = (customer: string, provider: string) =>
    CUSTOMERS.some((pair) => pair[0] === customer && pair[1] === provider);
  const relation = isCustomer(there, here) ? "provider" : isCustomer(here, there) ? "customer" : "peer";
  const customers = CUSTOMERS.filter(([, provider]) => provider === here).map(([customer]) => customer);
  const own = [...POPS.map(({ name }) => name), ...customers].map((name) => `proto = "${name}${family}"`);
  const exported = relation === "provider" ? "true" : ["source = RTS_DEVICE", ...own].join(" || ");
  const preference = relation === "provider" ? 200 : relation === "peer" ? 100 : 50;
  const channel = `ipv${family} { import filter { bgp_local_pref = ${preference}; accept; }; export where ${exported}; };`;
  const more = `  local role ${relation}; hold time 30; ttl security on; graceful restart off;\n  ${SOON}\n  ${channel}\n`;
  return session(`${there}${family}`, [here, there], family, [asOf(here), asOf(there)], undefined, more);
}

/** A session between two hosts, as the first one has it. */
function session(
  head: string,
  [here, there]: readonly [string, string],
  family: Family,
  [mine, theirs]: readonly [number, number],
  password: string | undefined,
  more = "",
): string {
  const at = (host: string, other: string) => addressOn(host, other)[family === 4 ? "v4" : "v6"];
  const secret = password === undefined ? "" : `  password "${password}";\n`;
  return `protocol bgp ${head} {
  local ${at(here, there)} as ${mine};
  neighbor ${at(there, here)} as ${theirs};
${secret}${more}}
`;
}

/** The configuration of a POP: deploy/bird/bird.conf, with session.conf in it. */
export function popConf(name: string, bfd: Bfd): string {
  const transit = transitOf(name);
  const uplinks = FAMILIES.map((family) =>
    session(`transit1_v${family} from transit${family}`, [name, transit], family, [AS, asOf(transit)], PASSWORD),
  );
  return example("bird.conf", [
    [/^log syslog .*$/m, LOG],
    [/^router id .*$/m, `router id ${routerId(name)};`],
    [/^define POP = .*$/m, `define POP = ${POPS.findIndex((pop) => pop.name === name) + 1};`],
    [/^include "session\.conf";$/m, example("session.conf", [])],
    ["template bgp transit {", `template bgp transit {\n  ${SOON}`],
    ["hold time 30;", `hold time ${UPLINK_HOLD};`],
    ...watched(bfd),
    [/^protocol bgp transit1_v4 .*?(?=^# ---- Last resort)/ms, uplinks.join("")],
  ]);
}
