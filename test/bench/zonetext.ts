/** Zones for the benches, as text. */

/** Hosts, delegations and wildcards of the small zone; with the apex and the rest, about a hundred names. */
export const SMALL = { hosts: 64, delegations: 10, wildcards: 4 } as const;

const HEAD = "$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n";

function address(i: number): string {
  return `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
}

/** A zone of many names with one A each: h0, h1, … below the origin. */
export function flatZone(names: number): string {
  const lines = [HEAD];
  for (let i = 0; i < names; i++) lines.push(`h${i} A ${address(i)}\n`);
  return lines.join("");
}

/** A zone of many delegations d0, d1, …, each to two name servers with glue. */
export function delegations(count: number): string {
  const lines = [HEAD];
  for (let i = 0; i < count; i++) {
    lines.push(`d${i} NS ns1.d${i}\nd${i} NS ns2.d${i}\nns1.d${i} A ${address(i)}\nns2.d${i} A ${address(i + 1)}\n`);
  }
  return lines.join("");
}

/** A zone with some of everything: hosts, mail, texts, delegations, and wildcards below w0, w1, … */
export function smallZone(): string {
  const { hosts, delegations: cuts, wildcards } = SMALL;
  const lines = [HEAD, '@ MX 10 mail\nmail A 192.0.2.25\n@ TXT "v=spf1 mx -all"\nwww CNAME h0\n'];
  for (let i = 0; i < hosts; i++) lines.push(`h${i} A ${address(i)}\n`);
  for (let i = 0; i < cuts; i++) lines.push(`d${i} NS ns1.d${i}\nns1.d${i} A ${address(i)}\n`);
  for (let i = 0; i < wildcards; i++) lines.push(`*.w${i} A ${address(i)}\n`);
  return lines.join("");
}

/** A zone as many have it, for many of them at once. */
export const PLAIN_ZONE = `${HEAD}www A 192.0.2.80\nwww AAAA 2001:db8::80\n@ MX 10 mail\nmail A 192.0.2.25\n@ TXT "v=spf1 mx -all"\n`;
