/** Queries as octets, and small responders that answer them without any zones. */

import { encode, streamEncode } from "dns-packet";
import type { Respond } from "../../src/answer/respond.ts";

export const HEADER = 12;

/** A query for TXT at a name. */
export function query(id: number, name = "a.example"): Buffer {
  return encode({ type: "query", id, questions: [{ type: "TXT", name }] });
}

/** The same with its length in front, as it goes over TCP. */
export function framed(id: number, name = "a.example"): Buffer {
  return streamEncode({ type: "query", id, questions: [{ type: "TXT", name }] });
}

/** Any octets with their length in front. */
export function frame(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Gives the query back as a reply, padded with zeros to a size; nothing for what has no header or is a reply. */
export function echo(size = 0): Respond {
  return (octets, length, reply) => {
    if (length < HEADER || (octets[2] & 0x80) !== 0) return 0;
    const end = Math.max(length, size);
    reply.fill(0, 0, end);
    reply.set(octets.subarray(0, length));
    reply[2] |= 0x80;
    return end;
  };
}

/** The id of a message. */
export function idOf(message: Uint8Array): number {
  return (message[0] << 8) | message[1];
}
