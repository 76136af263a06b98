/** What a reply says, as far as probes look at it. */

import { decode, type Packet } from "dns-packet";
import { Option } from "../../wire/edns.ts";
import { Flag } from "../../wire/header.ts";
import { typeToText } from "../../wire/rrtype.ts";

export interface Reply {
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  /** Who says that he answers (RFC 5001). */
  readonly nsid: string | undefined;
  /** The text of the first TXT record, and the serial of the first SOA record, of the answer section. */
  readonly txt: string | undefined;
  readonly serial: number | undefined;
  /** Whether there is a record of the type in the answer section. */
  has(type: number): boolean;
}

/** Reads a reply; undefined for octets that are no message. */
export function readReply(octets: Uint8Array): Reply | undefined {
  let packet: Packet & { readonly rcode?: string };
  try {
    packet = decode(Buffer.from(octets.buffer, octets.byteOffset, octets.length));
  } catch {
    return undefined;
  }
  const { rcode = "NOERROR", answers = [], additionals = [] } = packet;
  const txt = answers.find((record) => record.type === "TXT");
  const soa = answers.find((record) => record.type === "SOA");
  const opt = additionals.find((record) => record.type === "OPT");
  const nsid = opt?.type === "OPT" ? opt.options.find(({ code }) => Number(code) === Option.NSID) : undefined;
  return {
    rcode,
    authoritative: (octets[2] & Flag.AA) !== 0,
    truncated: (octets[2] & Flag.TC) !== 0,
    nsid: nsid && Buffer.from((nsid as unknown as { readonly data: Uint8Array }).data).toString(),
    txt: txt?.type === "TXT" ? [txt.data].flat().join("") : undefined,
    serial: soa?.type === "SOA" ? soa.data.serial : undefined,
    has: (type) => answers.some((record) => record.type === typeToText(type) || record.type === unnamed(type)),
  };
}

/** How dns-packet calls a type that it does not know. */
function unnamed(type: number): string {
  return `UNKNOWN_${type}`;
}
