import type { Random } from "./random.ts";

/** A zone under construction. Records that some server would refuse beside what is there already are left out. */
export type ZoneBuilder = {
  origin: string;
  /** Adds a record; `owner` is relative to the origin, "" is the apex. */
  add(owner: string, type: string, rdata: string): void;
  /** The absolute form of a relative name. */
  absolute(owner: string): string;
  text(): string;
};

/** A new zone with SOA and two name servers, "ns1" and "ns2", in it. */
export function zoneBuilder(origin: string, random: Random): ZoneBuilder {
  const types = new Map<string, Set<string>>();
  const lines = new Set<string>();
  const ttls = new Map<string, number>();
  function absolute(owner: string): string {
    return owner === "" ? `${origin}.` : `${owner}.${origin}.`;
  }
  function add(owner: string, type: string, rdata: string): void {
    const present = types.get(owner) ?? new Set<string>();
    const alone = (one: string) => present.size > 0 && !(present.size === 1 && present.has(one) && one !== "CNAME");
    if (present.has("CNAME") || (type === "CNAME" && alone(type)) || (type === "DNAME" && present.has(type))) return;
    if ((type === "NS" && owner !== "" && present.has("DNAME")) || (type === "DNAME" && present.has("NS"))) return;
    types.set(owner, present.add(type));
    const key = `${owner} ${type}`;
    const ttl = ttls.get(key) ?? 300 + 60 * random.below(10);
    ttls.set(key, ttl);
    lines.add(`${absolute(owner)}\t${ttl}\tIN\t${type}\t${rdata}`);
  }
  // Both ways round: a negative answer's TTL is the smaller of SOA TTL and the minimum field (RFC 2308 §3).
  const [ttl, minimum] = random.chance(0.5) ? [3600, 240] : [240, 3600];
  types.set("", new Set(["SOA"]));
  const soa = `${origin}.\t${ttl}\tIN\tSOA\tns1.${origin}. hostmaster.${origin}. 1 7200 900 1209600 ${minimum}`;
  for (const server of ["ns1", "ns2"]) {
    add("", "NS", absolute(server));
    add(server, "A", "192.0.2.1");
  }
  return { origin, add, absolute, text: () => `${soa}\n${[...lines].join("\n")}\n` };
}
