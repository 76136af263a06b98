/** Replies to the questions of a soak, as a server makes them. */

import { decode, encode } from "dns-packet";
import type { Question } from "./questions.ts";

const RESPONSE = 0x84;
const NXDOMAIN = 3;
/** The question's name, type A, class IN, TTL, four octets. */
const ADDRESS = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4];

/** The reply from a version: the address that tells it, or a denial with the serial. */
export function encodeReply({ wire, absent }: Question, version: number): Uint8Array {
  if (absent) return denial(wire, version);
  const reply = Buffer.concat([wire, Buffer.from([...ADDRESS, 10, version >> 16, version >> 8, version])]);
  reply[2] = RESPONSE;
  reply[7] = 1;
  return reply;
}

function denial(wire: Buffer, serial: number): Uint8Array {
  const { questions = [] } = decode(wire);
  const zone = questions[0]?.name.split(".").slice(1).join(".") ?? "";
  const times = { serial, refresh: 3600, retry: 600, expire: 86_400, minimum: 60 };
  const data = { mname: `ns.${zone}`, rname: `hostmaster.${zone}`, ...times };
  return encode({
    type: "response",
    id: 0,
    flags: NXDOMAIN,
    questions,
    authorities: [{ type: "SOA", name: zone, ttl: 60, data }],
  });
}
