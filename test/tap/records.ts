/** Exchanges for taps: put into rings, and as they come out of them. */

import type { Client } from "../../src/answer/client.ts";
import type { TapRing } from "../../src/answer/tapring.ts";
import type { TapRecord } from "../../src/tap/ringreader.ts";
import type { Listen } from "../../src/text/listen.ts";

export const LISTEN: readonly Listen[] = [
  { address: "127.0.0.1", port: 5300 },
  { address: "::1", port: 5300 },
];

/** A client with an address and port, that asked the first of the addresses. */
export function clientAt(address: readonly number[], port = 4000, asked: Listen | undefined = LISTEN[0]): Client {
  const octets = Uint8Array.from(address);
  const known = asked === undefined ? {} : { asked };
  return { stream: false, encrypted: false, address: () => octets, port: () => port, seconds: () => 0, ...known };
}

/** Puts an exchange into a ring as it stands; false when there was no room. */
export function put(ring: TapRing, query: Uint8Array, reply: Uint8Array, outputs = 1, time = 0): boolean {
  const start = ring.reserve(outputs, query.length, reply.length);
  if (start < 0) return false;
  ring.setClient(start, Uint8Array.of(192, 0, 2, 1), 4000, 0, 0);
  ring.setTime(start, time, 1);
  ring.setMessages(start, query, query.length, reply, reply.length);
  ring.publish(start);
  return true;
}

/** What a record holds, copied out of the ring. */
export function kept(record: TapRecord): TapRecord {
  const { address, query, reply } = record;
  return { ...record, address: address.slice(), query: query.slice(), reply: reply.slice() };
}
