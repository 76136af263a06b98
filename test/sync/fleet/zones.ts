/**
 * Zones whose every version says its number in three places of one answer: the MX record's preference, the address of
 * its exchange in the additional section, and ZONEVERSION (RFC 9660). Versions that are mixed show it.
 */

import { decode, encode, type Packet } from "dns-packet";

/** The number that a version has, with so many other hosts, of which the number changes one. */
export function versionText(zone: string, serial: number, hosts = 4): string {
  const lines = Array.from({ length: hosts }, (_, i) => {
    const own = i === serial % hosts ? serial : i;
    return `h${i}-${scrambled(i)} A 10.3.${(own >> 8) & 255}.${own & 255}`;
  });
  return [
    ...[`$ORIGIN ${zone}`, "$TTL 300", `@ SOA ns hostmaster ${serial} 3600 600 86400 60`, "@ NS ns", "ns A 192.0.2.53"],
    ...[`@ MX ${serial} mail`, `mail A 10.2.${(serial >> 8) & 255}.${serial & 255}`, ...lines, ""],
  ].join("\n");
}

/** Letters that do not compress: the text of a zone with many hosts does not fit into a manifest. */
function scrambled(i: number): string {
  return (Math.imul(i + 1, 2654435761) >>> 0).toString(36) + (Math.imul(i + 7, 1597334677) >>> 0).toString(36);
}

/** RFC 9660 §2. */
const ZONEVERSION = 19;

export function versionQuery(id: number, zone: string): Buffer {
  const options = [{ code: ZONEVERSION, data: Buffer.alloc(0) }];
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options };
  return encode({
    type: "query",
    id,
    questions: [{ type: "MX", name: zone }],
    additionals: [opt],
  } as unknown as Packet);
}

/** A version's number, or what there is instead of an answer, or an answer that is not of one version. */
export type Seen = number | { readonly rcode: string } | { readonly mixed: string };

export function versionIn(octets: Buffer): Seen {
  const { rcode, answers = [], additionals = [] } = decode(octets) as Packet & { rcode?: string };
  if (rcode !== "NOERROR") return { rcode: rcode ?? "?" };
  const mx = answers.find(({ type }) => type === "MX");
  const address = additionals.find(({ type }) => type === "A");
  const opt = additionals.find(({ type }) => type === "OPT");
  const option = opt?.type === "OPT" ? opt.options.find(({ code }) => Number(code) === ZONEVERSION) : undefined;
  const three = [
    mx?.type === "MX" ? mx.data.preference : undefined,
    address?.type === "A" ? lastTwo(address.data) : undefined,
    // Label count, type, serial.
    option && "data" in option ? (option.data as Buffer).readUInt32BE(2) : undefined,
  ];
  const [serial] = three;
  return serial !== undefined && three.every((one) => one === serial) ? serial : { mixed: String(three) };
}

function lastTwo(address: string): number {
  const [, , high, low] = address.split(".").map(Number);
  return ((high ?? 0) << 8) | (low ?? 0);
}
