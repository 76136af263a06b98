/** The zone that clients ask for, and what is broken in it by drills. */

export const ZONE = "lab.example";
/** What clients ask for. */
export const ASKED: string = `www.${ZONE}`;
/** What every POP must find by its configuration, and no client asks for: drills take it away. */
export const CANARY: string = `canary.${ZONE}`;
export const ABSENT: string = `absent.${ZONE}`;

/** The zone's text. Without its canary it is a good zone that is not what it should be. */
export function zoneText(serial: number, { canary }: { readonly canary: boolean }): string {
  const lines = [
    `$ORIGIN ${ZONE}.`,
    "$TTL 300",
    `@ IN SOA ns1 hostmaster ${serial} 14400 1800 3024000 300`,
    "@ NS ns1",
    "@ NS ns2",
    "ns1 A 198.51.100.53",
    "ns1 AAAA 2001:db8:53::53",
    "ns2 A 203.0.113.53",
    "ns2 AAAA 2001:db8:54::53",
    "www A 192.0.2.80",
    ...Array.from({ length: 20 }, (_, i) => `host${i} A 192.0.2.${100 + i}`),
    ...(canary ? ["canary A 192.0.2.1"] : []),
  ];
  return `${lines.join("\n")}\n`;
}
