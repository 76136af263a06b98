/** Configurations of BIRD 2: for a transit, and for a POP as deploy/bird has it. */

import { AS, addressOn, asOf, CLIENTS, CUSTOMERS, neighboursOf, POPS, routerId, SERVED, STORE } from "./topology.ts";

/** BFD on the POPs' uplinks, by which a silent host is noticed: a packet each 100 ms, three missing. */
const BFD = "interval 100 ms; multiplier 3;";
/** Seconds that the transits and the POPs' BIRD are silent before they are dead. RFC 4271 proposes 90. */
export const UPLINK_HOLD = 9;
/** Where a POP's BIRD waits for the program: port 179 is the transit's session. */
export const LOCAL_PORT = 1790;

const PASSWORD = "lab";

type Family = 4 | 6;
const FAMILIES: readonly Family[] = [4, 6];

/** "198.51.100.0/24, 203.0.113.0/24" */
function prefixes(family: Family): string {
  const texts = SERVED.filter((one) => one.family === family).map(({ prefix }) => prefix);
  return texts.join(", ");
}

/** What every configuration begins with. A session that has failed is tried again soon: drills don't wait for it. */
function beginning(host: string): string {
  return `log stderr all;
timeformat log iso long ms;
router id ${routerId(host)};

define SERVED4 = [ ${prefixes(4)} ];
define SERVED6 = [ ${prefixes(6)} ];

protocol device { scan time 10; }
`;
}

const SOON = "connect delay time 1; connect retry time 2; error wait time 1, 2; graceful restart off;";

/** The configuration of a transit. With `bfd`, it watches the POPs so. */
export function transitConf(name: string, { bfd }: { readonly bfd: boolean }): string {
  const others = neighboursOf(name).filter((other) => ![...CLIENTS, STORE].some((host) => host.name === other));
  const sessions = others.flatMap((other) => {
    if (POPS.some((pop) => pop.name === other)) return FAMILIES.map((family) => popSession(name, other, family, bfd));
    return FAMILIES.map((family) => transitSession(name, other, family));
  });
  return `${beginning(name)}${kernel("export where source != RTS_DEVICE", "merge paths on;")}
protocol direct { ipv4; ipv6; }
${FAMILIES.map(rpki).join("")}${popFilters()}
${bfdWatch(others.filter((other) => POPS.some((pop) => pop.name === other)))}${sessions.join("")}`;
}

function kernel(channel: string, more: string): string {
  return FAMILIES.map((family) => `protocol kernel { ipv${family} { ${channel}; }; ${more} }\n`).join("");
}

/** What a validator would say: our prefixes are our AS's, and no longer ones. */
function rpki(family: Family): string {
  const roas = SERVED.filter((one) => one.family === family).map(({ prefix }) => {
    const [, length] = prefix.split("/");
    return `  route ${prefix} max ${length} as ${AS};\n`;
  });
  return `roa${family} table roas${family};
protocol static { roa${family} { table roas${family}; };
${roas.join("")}}
`;
}

/** Customers are preferred to peers, so prepending moves nothing; GRACEFUL_SHUTDOWN is obeyed (RFC 8326 §4.3). */
function popFilters(): string {
  const filter = (family: Family) => `filter from_pop${family} {
  if net !~ SERVED${family} then reject;
  if bgp_path.first != ${AS} || bgp_path.last != ${AS} then reject;
  if roa_check(roas${family}, net, bgp_path.last) != ROA_VALID then reject;
  bgp_local_pref = 200;
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0;
  accept;
}
`;
  return FAMILIES.map(filter).join("");
}

function bfdWatch(interfaces: readonly string[]): string {
  if (interfaces.length === 0) return "";
  const watched = interfaces.map((name) => `interface "${name}" { ${BFD} };`);
  return `protocol bfd { ${watched.join(" ")} }\n`;
}

function local(family: Family, here: string, there: string): string {
  const [mine, theirs] = [addressOn(here, there), addressOn(there, here)];
  return family === 4 ? `${mine.v4} as %AS; neighbor ${theirs.v4}` : `${mine.v6} as %AS; neighbor ${theirs.v6}`;
}

function popSession(transit: string, pop: string, family: Family, bfd: boolean): string {
  return `
protocol bgp ${pop}${family} {
  # What the drills measure by.
  debug { routes, states };
  local ${local(family, transit, pop).replace("%AS", String(asOf(transit)))} as ${AS};
  local role provider; require roles on; enforce first as on;
  hold time ${UPLINK_HOLD}; password "${PASSWORD}"; ttl security on; bfd ${bfd ? "on" : "off"};
  ${SOON}
  ipv${family} { import filter from_pop${family}; import keep filtered on; receive limit 16; import limit 8; export none; };
}
`;
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
  return `
protocol bgp ${there}${family} {
  local ${local(family, here, there).replace("%AS", String(asOf(here)))} as ${asOf(there)};
  local role ${relation}; hold time 30; ttl security on;
  ${SOON}
  ipv${family} { import filter { bgp_local_pref = ${preference}; accept; }; export where ${exported}; };
}
`;
}

/** The configuration of a POP: one session to the program, one for each family to the transit. */
export function popConf(name: string, hold: number, { bfd }: { readonly bfd: boolean }): string {
  const transit = POPS.find((pop) => pop.name === name)?.transit ?? "";
  return `${beginning(name)}${kernel("export none", "persist;")}
# Exactly our prefixes, from the program and nobody else; what they point at is of no matter, as their addresses are on lo.
${FAMILIES.map(
  (family) => `filter ours${family} {
  if net !~ SERVED${family} then reject;
  dest = RTD_BLACKHOLE;
  accept;
}
`,
).join("")}
# The lease: when the program dies or hangs, this session ends, and the routes with it.
protocol bgp zonecast {
  debug { routes, states };
  local 127.0.0.1 port ${LOCAL_PORT} as ${AS};
  neighbor 127.0.0.1 as ${AS};
  multihop 1; passive on; strict bind on; hold time ${hold}; graceful restart off; error wait time 1, 2;
  ipv4 { import limit 4 action block; import filter ours4; export none; };
  ipv6 { import limit 4 action block; import filter ours6; export none; };
}
${bfdWatch([transit])}${FAMILIES.map((family) => uplink(name, transit, family, bfd)).join("")}`;
}

function uplink(pop: string, transit: string, family: Family, bfd: boolean): string {
  return `
protocol bgp ${transit}v${family} {
  local ${local(family, pop, transit).replace("%AS", String(AS))} as ${asOf(transit)};
  local role customer; hold time ${UPLINK_HOLD}; password "${PASSWORD}"; ttl security on; bfd ${bfd ? "on" : "off"};
  ${SOON}
  ipv${family} { import none; export where proto = "zonecast" && net ~ SERVED${family}; export limit 8 action block; };
}
`;
}
