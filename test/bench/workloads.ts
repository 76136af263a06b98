/** What is asked: each workload is a zone set, a way of asking, and queries with the class of reply they must get. */

import { type Random, seeded } from "../interop/random.ts";
import { ANY, type Asked, HIT, NODATA, NXDOMAIN, REFERRAL } from "./queryfile.ts";
import { ORIGIN } from "./zones.ts";
import { SMALL } from "./zonetext.ts";

export interface Workload {
  readonly key: string;
  readonly title: string;
  /** A zone set's key. */
  readonly zones: string;
  readonly transport: "udp" | "tcp pipelined" | "tcp connections";
  /** How many queries the file holds; it is read round and round. */
  readonly count: number;
  readonly query: (random: Random, i: number) => Asked;
}

/** Enough random names that none comes twice while a server remembers it. */
const FRESH = 500_000;
const FEW = 20_000;
const MILLION = 1_000_000;
const CUTS = 100_000;

const host = (random: Random): Asked => ({ name: `h${random.below(SMALL.hosts)}`, type: "A", expect: HIT });
const missing = (random: Random): Asked => ({ name: randomLabel(random), type: "A", expect: NXDOMAIN });
const nodata = (random: Random): Asked => ({ ...host(random), type: "AAAA", expect: NODATA });
const referral = (random: Random): Asked => ({
  name: `www.d${random.below(SMALL.delegations)}`,
  type: "A",
  expect: REFERRAL,
});
const wildcard = (random: Random): Asked => ({
  name: `${randomLabel(random)}.w${random.below(SMALL.wildcards)}`,
  type: "A",
  expect: HIT,
});
const signed = (query: (random: Random) => Asked) => (random: Random) => ({ ...query(random), edns: "DO" as const });

/** 70 % hits, the rest in equal parts. */
function mixed(random: Random): Asked {
  if (random.chance(0.7)) return host(random);
  return random.pick([missing, nodata, referral, wildcard])(random);
}

/** Half referrals to random cuts, half names that do not exist. */
function atCuts(random: Random): Asked {
  return random.chance(0.5) ? { name: `www.d${random.below(CUTS)}`, type: "A", expect: REFERRAL } : missing(random);
}

/** All names once, in an order that no cache foresees: 7919 is prime to the count. */
function everyName(_random: Random, i: number): Asked {
  return { name: `h${(i * 7919) % MILLION}`, type: "A", expect: HIT };
}

const udp = (key: string, title: string, zones: string, count: number, query: Workload["query"]): Workload => ({
  key,
  title,
  zones,
  transport: "udp",
  count,
  query,
});

/** All of them, in the order of the table. */
export const workloads: readonly Workload[] = [
  udp("hits", "hits", "small", FEW, host),
  udp("edns", "hits with EDNS", "small", FEW, (random) => ({ ...host(random), edns: "plain" })),
  udp("mixed", "mixed, 70 % hits", "small", FRESH, mixed),
  udp("nxdomain", "NXDOMAIN", "small", FRESH, missing),
  udp("delegations", "referrals and NXDOMAIN", "delegations", FRESH, atCuts),
  udp("million", "hits", "million", MILLION, everyName),
  udp("million-nxdomain", "NXDOMAIN", "million", FRESH, missing),
  udp("signed", "hits, DO", "signed", FEW, signed(host)),
  udp("signed-nxdomain", "NXDOMAIN, DO", "signed", FRESH, signed(missing)),
  udp("nsec3-nxdomain", "NXDOMAIN, DO", "nsec3", FRESH, signed(missing)),
  { key: "tcp", title: "hits, pipelined", zones: "small", transport: "tcp pipelined", count: FEW, query: host },
  {
    key: "connections",
    title: "hits, each alone",
    zones: "small",
    transport: "tcp connections",
    count: FEW,
    query: host,
  },
];

/** The workload of that key; throws when there is none. */
export function workload(key: string): Workload {
  const found = workloads.find((one) => one.key === key);
  if (!found) throw new Error(`no workload called ${key}`);
  return found;
}

/** The queries of a workload: the same each time. `anything` expects no more than a reply, as an echo gives it. */
export function* queriesOf({ query, count }: Workload, anything = false): Generator<Asked> {
  const random = seeded(1);
  for (let i = 0; i < count; i++) {
    const asked = query(random, i);
    const name = `${asked.name}.${ORIGIN}`;
    yield anything ? { ...asked, name, expect: ANY } : { ...asked, name };
  }
}

function randomLabel(random: Random): string {
  let label = "";
  while (label.length < 10) label += random.below(36).toString(36);
  return label;
}
