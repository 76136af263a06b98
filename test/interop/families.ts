import type { Random } from "./random.ts";
import type { ZoneBuilder } from "./zonebuilder.ts";

const labels = ["a", "b", "c", "d", "xn--e", "*"];

function randomOwner(random: Random, depth: number, from: readonly string[] = labels): string {
  return Array.from({ length: 1 + random.below(depth) }, () => random.pick(from)).join(".");
}

function address(random: Random): string {
  return `198.51.100.${random.below(256)}`;
}

function addData(zone: ZoneBuilder, random: Random, owner: string): void {
  const type = random.pick(["A", "A", "AAAA", "TXT", "MX"]);
  const host = zone.absolute(random.pick(["ns1", "a.b", "b", "*.c", "c.d"]));
  const rdata: Record<string, string> = {
    A: address(random),
    AAAA: `2001:db8::${random.below(9999)}`,
    TXT: `"t${random.below(1000)}" "second"`,
    MX: `${random.below(50)} ${host}`,
  };
  zone.add(owner, type, rdata[type]!);
}

/** Wildcards, empty non-terminals and "*" labels at every depth, with a few aliases at wildcards. */
export function addWildcards(zone: ZoneBuilder, random: Random): void {
  for (let count = 0; count < 24; count++) addData(zone, random, randomOwner(random, 4));
  addData(zone, random, "*.wild");
  zone.add("*.walias", "CNAME", zone.absolute("ns1"));
  zone.add("*.wchain", "CNAME", zone.absolute("x.walias"));
  zone.add("*.wloop", "CNAME", zone.absolute("y.wloop"));
  zone.add("*.wend", "CNAME", zone.absolute("nothing.here"));
  addData(zone, random, "leaf.of.an.empty.place");
  if (random.chance(0.5)) addData(zone, random, "*");
}

/** Delegations of every kind, with and without DS and glue, and data below them that a server must not give out. */
export function addDelegations(zone: ZoneBuilder, random: Random): void {
  const cuts = ["cut1", "cut2", "deep.cut3", "sec1", "sec2", "under.wild", "sec3.wild", "b.cut4"];
  for (const cut of cuts) {
    const inside = random.pick(["ns", "ns.deeper", "cut"]);
    zone.add(cut, "NS", zone.absolute(`${inside}.${cut}`));
    zone.add(`${inside}.${cut}`, "A", address(random));
    if (random.chance(0.5)) zone.add(`${inside}.${cut}`, "AAAA", "2001:db8::53");
    if (random.chance(0.4))
      zone.add(cut, "NS", zone.absolute(`ns.${random.pick(cuts.filter((each) => each !== cut))}`));
    if (random.chance(0.3)) zone.add(cut, "NS", "ns.elsewhere.invalid.");
    if (random.chance(0.3)) zone.add(cut, "NS", zone.absolute("ns1"));
    if (cut.startsWith("sec")) zone.add(cut, "DS", `${random.below(65536)} 13 2 ${"ab".repeat(32)}`);
    if (random.chance(0.4)) zone.add(`hidden.${cut}`, "TXT", '"below the cut"');
    if (random.chance(0.4)) zone.add(`*.${cut}`, "A", address(random));
  }
  zone.add("*.wild", "A", address(random));
  zone.add("mail", "MX", `10 ${zone.absolute("ns.cut1")}`);
  zone.add("mail", "MX", `20 ${zone.absolute("hidden.cut2")}`);
  zone.add("intocut", "CNAME", zone.absolute("host.cut1"));
  zone.add("ontocut", "CNAME", zone.absolute("sec1"));
}

/** Aliases: chains, loops, dead ends, into wildcards, below DNAMEs, and to the `other` zone. */
export function addAliases(zone: ZoneBuilder, random: Random, other: string): void {
  for (let count = 0; count < 8; count++) addData(zone, random, randomOwner(random, 3, ["a", "b", "c"]));
  const targets = [
    "a",
    "b",
    "a.b",
    "no.such",
    "x.star",
    "alias1",
    "alias2",
    "alias3",
    "x.tree",
    "a.tree",
    "deep.x.tree2",
  ];
  for (let count = 1; count <= 6; count++) zone.add(`alias${count}`, "CNAME", zone.absolute(random.pick(targets)));
  for (let count = 1; count < 12; count++) zone.add(`chain${count}`, "CNAME", zone.absolute(`chain${count + 1}`));
  zone.add("chain12", "A", address(random));
  zone.add("loop1", "CNAME", zone.absolute("loop2"));
  zone.add("loop2", "CNAME", zone.absolute("loop1"));
  zone.add("self", "CNAME", zone.absolute("self"));
  zone.add("away", "CNAME", `b.${other}.`);
  zone.add("far", "CNAME", "www.not-served.invalid.");
  zone.add("*.star", random.pick(["A"]), address(random));
  zone.add("*.stara", "CNAME", zone.absolute("x.star"));
  zone.add("tree", "DNAME", zone.absolute("star"));
  zone.add("tree", "TXT", '"beside the DNAME"');
  zone.add("tree2", "DNAME", zone.absolute("tree"));
  zone.add("tree3", "DNAME", `${other}.`);
  zone.add("tree4", "DNAME", "not-served.invalid.");
  zone.add("round", "DNAME", zone.absolute("round2"));
  zone.add("round2", "DNAME", zone.absolute("round"));
  // Grows by a label with every substitution until the name is too long (YXDOMAIN).
  zone.add("grow", "DNAME", zone.absolute("longer.label.in.front.grow"));
  const long = Array.from({ length: 3 }, (_, at) => String.fromCharCode(97 + at).repeat(60)).join(".");
  zone.add("long", "DNAME", zone.absolute(long));
}

/** RDATA for each type; HOST stands for a name in the zone, DIGEST for some octets in hex. */
const samples: Readonly<Record<string, string>> = {
  A: "192.0.2.7",
  AAAA: "2001:db8::7",
  MX: "10 HOST",
  TXT: '"plain" "with \\"quotes\\" and \\\\" "\\195\\188" ""',
  PTR: "HOST",
  SRV: "1 2 3 HOST",
  CAA: '0 issue "ca.example.net; policy=ev"',
  NAPTR: '10 20 "s" "SIP+D2U" "" HOST',
  SSHFP: "4 2 DIGEST",
  TLSA: "3 1 1 DIGEST",
  SMIMEA: "3 1 1 DIGEST",
  HTTPS: "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.7,192.0.2.8 ipv6hint=2001:db8::7",
  SVCB: "0 HOST",
  LOC: "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
  HINFO: '"CPU" "OS"',
  RP: "HOST text.HOST",
  AFSDB: "1 HOST",
  RT: "2 HOST",
  KX: "1 HOST",
  CERT: "1 0 0 AQIDBAUGBwg=",
  APL: "1:192.0.2.0/24 !2:2001:db8::/32",
  IPSECKEY: "10 3 2 HOST AQIDBAUGBwg=",
  DHCID: "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
  URI: '10 1 "https://example.net/path?a=b"',
  OPENPGPKEY: "AQIDBAUGBwg=",
  CSYNC: "66 3 A NS AAAA",
  CDS: "12345 13 2 DIGEST",
  CDNSKEY: `257 3 13 ${"QUJD".repeat(21)}QQ==`,
  EUI48: "00-00-5e-00-53-2a",
  EUI64: "00-00-5e-ef-10-00-00-2a",
  NID: "10 0014:4fff:ff20:ee64",
  L32: "10 10.1.2.0",
  L64: "10 2001:0db8:1140:1000",
  LP: "10 HOST",
  SPF: '"v=spf1 -all"',
  MINFO: "HOST HOST",
  TYPE65280: "\\# 5 0102030405",
  TYPE731: "\\# 0",
};

/** One owner for each type, and one with them all. X25, ISDN, PX and NSAP are missing: Knot does not read them. */
export function addTypes(zone: ZoneBuilder): void {
  for (const [type, sample] of Object.entries(samples)) {
    const rdata = sample.replaceAll("HOST", zone.absolute("host")).replaceAll("DIGEST", "0123456789abcdef".repeat(4));
    zone.add(type.toLowerCase(), type, rdata);
    // These two have a meaning at the apex only, and some servers refuse them elsewhere beside other types.
    if (!["CDS", "CDNSKEY"].includes(type)) zone.add("every", type, rdata);
  }
  zone.add("host", "A", "192.0.2.8");
  zone.add("host", "AAAA", "2001:db8::8");
  zone.add("odd\\032\\.label\\255", "TXT", '"an owner with unusual octets"');
}
