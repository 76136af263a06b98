/** What the lab is made of: names, ASes, links and addresses. Everything else follows from it. */

/** The POPs' AS, and the transits'. */
export const AS = 64500;

export interface Transit {
  readonly name: string;
  readonly as: number;
}

export interface Pop {
  readonly name: string;
  readonly transit: string;
}

/** A prefix, and the address in it that is served. */
export interface Served {
  readonly service: string;
  readonly prefix: string;
  readonly address: string;
  readonly family: 4 | 6;
}

/** Two hosts and the number of the link between them, which its addresses have. */
export interface Link {
  readonly number: number;
  readonly ends: readonly [string, string];
}

export const TRANSITS: readonly Transit[] = [
  { name: "t1", as: 64601 },
  { name: "t2", as: 64602 },
  { name: "t3", as: 64603 },
  { name: "t4", as: 64604 },
];

export const POPS: readonly Pop[] = [
  { name: "lhr", transit: "t1" },
  { name: "jfk", transit: "t2" },
  { name: "nrt", transit: "t3" },
];

/** A client behind each transit. c4 has two POPs equally near. */
export const CLIENTS: readonly { readonly name: string; readonly transit: string }[] = [
  { name: "c1", transit: "t1" },
  { name: "c2", transit: "t2" },
  { name: "c3", transit: "t3" },
  { name: "c4", transit: "t4" },
];

/** The central store is behind t4, where no POP is: a POP without its uplink has no store. */
export const STORE = { name: "store", transit: "t4" } as const;

/** Whose customer a transit is; the others are peers of each other. */
export const CUSTOMERS: readonly (readonly [customer: string, provider: string])[] = [
  ["t4", "t1"],
  ["t4", "t2"],
];

const PEERS: readonly (readonly [string, string])[] = [
  ["t1", "t2"],
  ["t1", "t3"],
  ["t2", "t3"],
];

export const SERVED: readonly Served[] = [
  { service: "ns1", prefix: "198.51.100.0/24", address: "198.51.100.53", family: 4 },
  { service: "ns1", prefix: "2001:db8:53::/48", address: "2001:db8:53::53", family: 6 },
  { service: "ns2", prefix: "203.0.113.0/24", address: "203.0.113.53", family: 4 },
  { service: "ns2", prefix: "2001:db8:54::/48", address: "2001:db8:54::53", family: 6 },
];

/** The first of each pair is the router on whose side a link is numbered 1. */
export const LINKS: readonly Link[] = [
  ...POPS.map(({ name, transit }) => [transit, name] as const),
  ...PEERS,
  ...CUSTOMERS.map(([customer, provider]) => [provider, customer] as const),
  ...CLIENTS.map(({ name, transit }) => [transit, name] as const),
  [STORE.transit, STORE.name] as const,
].map((ends, i) => ({ number: i + 1, ends }));

export const ROUTERS: readonly string[] = TRANSITS.map(({ name }) => name);
/** Every host is a network namespace of its name; its interfaces have the names of who is at the other end. */
export const HOSTS: readonly string[] = [...ROUTERS, ...[...POPS, ...CLIENTS, STORE].map(({ name }) => name)];

/** The addresses of a host on its link to another. Throws for two that have no link. */
export function addressOn(host: string, other: string): { readonly v4: string; readonly v6: string } {
  const link = LINKS.find(({ ends }) => ends.includes(host) && ends.includes(other));
  if (link === undefined) throw new Error(`there is no link between ${host} and ${other}`);
  const side = link.ends.indexOf(host) + 1;
  return { v4: `10.0.${link.number}.${side}`, v6: `2001:db8:0:${link.number}::${side}` };
}

/** Who is linked to a host. */
export function neighboursOf(host: string): string[] {
  return LINKS.filter(({ ends }) => ends.includes(host)).map(({ ends }) => (ends[0] === host ? ends[1] : ends[0]));
}

/** The transit of a POP, a client or the store. */
export function transitOf(host: string): string {
  const found = [...POPS, ...CLIENTS, STORE].find(({ name }) => name === host);
  if (found === undefined) throw new Error(`${host} has no transit`);
  return found.transit;
}

export function asOf(transit: string): number {
  const found = TRANSITS.find(({ name }) => name === transit);
  if (found === undefined) throw new Error(`${transit} is no transit`);
  return found.as;
}

/** What a router sends packets for one of its addresses by: unique, and the same at every start. */
export function routerId(host: string): string {
  return `10.255.0.${HOSTS.indexOf(host) + 1}`;
}
