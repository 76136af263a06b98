/** The options of section anycast: which prefixes this POP announces, to whom, how, and when not. */

import { isIP } from "node:net";
import { type Listen, listenFromText } from "../text/listen.ts";
import { absoluteName } from "../text/name.ts";
import { covers, type Prefix, prefixFromText } from "../text/prefix.ts";
import { typeFromText } from "../wire/rrtype.ts";
import {
  checked,
  choice,
  either,
  type Fault,
  integer,
  list,
  required,
  secret,
  section,
  text,
  type Value,
} from "./option.ts";

const words = (expected: string) => text<string | undefined>(expected, undefined, (value) => value || undefined);

/** RFC 6793: 32 bits. 0 (RFC 7607), 23456 (RFC 6793 §9) and the last ones of 16 and 32 bits (RFC 7300) are nobody's. */
const asNumber = text<number | undefined>("an AS number, 1 to 4294967294", undefined, (value) => {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  return number > 0 && number < 0xffffffff && number !== 23456 && number !== 65535 ? number : undefined;
});

/** Longer ones are filtered nearly everywhere. */
const MOST_BITS = { 4: 24, 6: 48 } as const;

const prefix = text<Prefix | undefined>(
  "a prefix such as 198.51.100.0/24 or 2001:db8:53::/48, no longer than /24 or /48, and no address",
  undefined,
  (value) => {
    const read = prefixFromText(value);
    return read && read.length <= MOST_BITS[read.family] ? read : undefined;
  },
);

/** As in listen: port 53 when it is left out. */
const address = text<Listen | undefined>("ADDR, or ADDR@PORT", undefined, listenFromText);

const announced = checked(
  section({
    prefix: required(prefix),
    /** Prefixes of one service go together in all that is planned: an IPv4 one and an IPv6 one, as a rule. */
    service: text<string>("a word", "anycast", (value) => (/^[\w.-]{1,63}$/.test(value) ? value : undefined)),
    /** Those that are served, and probed; without any, those of listen that lie in the prefix. */
    addresses: list(address, []),
  }),
  ({ prefix, addresses }) =>
    addresses.flatMap((one, i) =>
      one && prefix && !covers(prefix, one.address)
        ? [{ at: ["addresses", i], what: `${one.address} is not in ${prefix.text}` }]
        : [],
    ),
);

/** Port 179 when it is left out. */
const peer = text<Listen | undefined>("ADDR@PORT, such as 127.0.0.1@1790", undefined, (value) =>
  listenFromText(value.includes("@") ? value : `${value}@179`),
);

const ip = text<string | undefined>("an address", undefined, (value) => (isIP(value) === 0 ? undefined : value));

const neighbour = section({
  at: required(peer),
  as: required(asNumber),
  /** RFC 2385: the password of TCP MD5 signatures. */
  password: secret(words("a text")),
  /** RFC 5082: the neighbour must be so many hops away at most; 0 is not looked at. */
  hops: integer({ min: 0, max: 254, default: 0 }),
  /** What the neighbour is to send packets to; without it, our own address of the session. One for each family. */
  "next-hop": list(ip, []),
});

const community = text<number | undefined>("a community such as 65535:0 (RFC 1997)", undefined, (value) => {
  const [high, low, more] = value.split(":").map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : 65536));
  if (high === undefined || low === undefined || more !== undefined || high > 65535 || low > 65535) return undefined;
  return high * 65536 + low;
});

type Large = readonly [global: number, one: number, two: number];

const largeCommunity = text<Large | undefined>("a community such as 64500:1:2 (RFC 8092)", undefined, (value) => {
  const parts = value.split(":").map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : 2 ** 32));
  return parts.length === 3 && parts.every((part) => part < 2 ** 32) ? (parts as unknown as Large) : undefined;
});

const metric = text<number | undefined>("a whole number from 0 to 4294967295", undefined, (value) =>
  /^\d{1,10}$/.test(value) && Number(value) < 2 ** 32 ? Number(value) : undefined,
);

const attributes = (communities: readonly number[], med: number | undefined, prepends: number) =>
  section({
    communities: list(community, communities),
    "large-communities": list(largeCommunity, []),
    /** The lower, the better, between sessions of one neighbour. */
    med: { ...metric, fallback: med },
    /** How many times our AS stands in the path besides; within one AS, where that is a loop, it is not sent. */
    prepends: integer({ min: 0, max: 16, default: prepends }),
  });

function isName(text: string): boolean {
  try {
    absoluteName(text);
    return text !== "";
  } catch {
    return false;
  }
}

const name = text<string | undefined>("a name, such as www.example.com", undefined, (value) =>
  isName(value) ? value : undefined,
);

/** Upper case for the type, as it is written everywhere. */
const nameAndType = text<{ readonly name: string; readonly type: string } | undefined>(
  "a name and a type, such as www.example.com A",
  undefined,
  (value) => {
    const [owner = "", type = "", more] = value.trim().split(/\s+/);
    const known = more === undefined && isName(owner) && typeFromText(type.toUpperCase()) >= 0;
    return known ? { name: owner, type: type.toUpperCase() } : undefined;
  },
);

const zoneProbe = section({
  zone: required(name),
  /** A name that must have records of a type, and one that must not exist. */
  exists: nameAndType,
  absent: name,
  /** What is too large for UDP: it must come truncated, and whole over TCP. */
  large: nameAndType,
});

const percent = text<{ readonly percent: number } | undefined>("a percentage, such as 25%", undefined, (value) =>
  /^(?:[1-9]\d?|100)%$/.test(value) ? { percent: Number.parseInt(value, 10) } : undefined,
);

const least = { min: 0, max: 86_400 };

const inner = section({
  /** The AS that the prefixes are announced from. */
  as: asNumber,
  prefixes: list(announced, []),
  /** Shorter prefixes that routers announce in any case, as a floor: for zonecast roa. */
  covering: list(prefix, []),
  /** How routes are announced: by a session of our own, through BIRD's control socket, through FRR's vtysh. */
  by: choice(["bgp", "bird", "frr"], "bgp"),
  bgp: section({
    neighbours: list(neighbour, []),
    /** RFC 4271 §4.2: seconds after which a silent side is dead; the smaller one of both sides counts. */
    hold: integer({ min: 3, max: 180, default: 9 }),
    /** Four octets as an IPv4 address; without it, they come from the POP's name. */
    "router-id": text<string | undefined>("an IPv4 address", undefined, (value) =>
      isIP(value) === 4 && value !== "0.0.0.0" ? value : undefined,
    ),
  }),
  bird: section({
    /** BIRD's control socket. */
    socket: text("a path", "/run/bird/bird.ctl", (value) => value || undefined),
  }),
  frr: section({
    vtysh: text("a path", "vtysh", (value) => value || undefined),
  }),
  /** What is sent with an announcement. */
  levels: section({
    up: attributes([], undefined, 0),
    reserve: attributes([], 100, 2),
    draining: attributes([0xffff0000], 200, 3),
  }),
  health: section({
    /** Milliseconds between two questions over UDP, over TCP, and after one has failed. */
    udp: integer({ min: 50, max: 60_000, default: 250 }),
    tcp: integer({ min: 50, max: 60_000, default: 1000 }),
    recheck: integer({ min: 10, max: 60_000, default: 50 }),
    /** Milliseconds that an answer may take, and that a thread may be silent. */
    timeout: integer({ min: 10, max: 10_000, default: 200 }),
    hung: integer({ min: 50, max: 10_000, default: 200 }),
    /** Failures in a row that withdraw, and good answers in a row to every question that bring back. */
    fall: integer({ min: 1, max: 100, default: 3 }),
    rise: integer({ min: 1, max: 1000, default: 8 }),
    /** Seconds that a prefix stays withdrawn; doubled by each fall that follows soon, up to the most. */
    cooldown: integer({ min: 1, max: 3600, default: 10 }),
    "cooldown-most": integer({ min: 1, max: 86_400, default: 600 }),
    /** Ups and downs in an hour, at most. */
    transitions: integer({ min: 2, max: 1000, default: 12 }),
  }),
  /** Zones that must be served, and how that is seen; without any, the SOA of one served zone after the other. */
  require: list(zoneProbe, []),
  /** What only drains. */
  soft: section({
    /** Seconds since the store last said that what is served is the newest. */
    "max-age": text<number | undefined>("seconds, 60 to 31536000", undefined, (value) =>
      /^\d{1,8}$/.test(value) && Number(value) >= 60 && Number(value) <= 31_536_000 ? Number(value) : undefined,
    ),
    /** Percent of the queries that were dropped or shed, for ten seconds, without what udp.gate keeps out; 0 is not looked at. */
    overload: integer({ min: 0, max: 100, default: 5 }),
  }),
  fleet: section({
    /** POPs of a service that may be less than up by drains and soft faults: a number, or a percentage. */
    most: either(percent, integer({ min: 1, max: 1000, default: 1 })),
    /** Seconds in which planned changes may concern one service only. */
    window: integer({ ...least, default: 600 }),
  }),
  drain: section({
    /** Seconds that a route is announced as draining before it is withdrawn. */
    notice: integer({ ...least, default: 10 }),
    /** Seconds after the withdrawal: at least, and at most until queries have gone. */
    least: integer({ ...least, default: 60 }),
    most: integer({ ...least, default: 300 }),
    /** Gone: fewer than so many percent of the queries before. */
    quiet: integer({ min: 1, max: 100, default: 5 }),
  }),
});

/** What names the same thing twice, or something that is not there, or can't be both. */
function faultsOf({ as, prefixes, by, bgp, covering, drain }: Value<typeof inner>): Fault[] {
  if (prefixes.length === 0) return [];
  const faults: Fault[] = [];
  if (as === undefined)
    faults.push({ at: [], what: "as is missing: the AS number that the prefixes are announced from" });
  if (by === "bgp" && bgp.neighbours.length === 0) {
    const what = "bgp.neighbours is missing: name the router to announce to, or another way with by: bird or frr";
    faults.push({ at: [], what });
  }
  const texts = prefixes.map(({ prefix }) => prefix?.text);
  texts.forEach((one, i) => {
    if (texts.indexOf(one) < i) faults.push({ at: ["prefixes", i], what: `${one} is there already` });
  });
  covering.forEach((outer, i) => {
    if (outer && prefixes.some(({ prefix }) => prefix && covers(outer, prefix))) return;
    faults.push({ at: ["covering", i], what: `${outer?.text} covers none of prefixes` });
  });
  bgp.neighbours.forEach(({ at }, i) => {
    if (at && prefixes.some(({ prefix }) => prefix && covers(prefix, at.address))) {
      const what = `${at.address} is in a prefix that is announced to it: name an address of the router's own`;
      faults.push({ at: ["bgp", "neighbours", i], what });
    }
  });
  if (drain.most < drain.least) faults.push({ at: ["drain", "most"], what: "less than drain.least" });
  return faults;
}

export const anycast = checked(inner, faultsOf);

export type AnycastConfig = Value<typeof anycast>;
