/** Exchanges as dnstap's messages (dnstap.proto): AUTH_QUERY and AUTH_RESPONSE in protocol buffers. */

import { PbfWriter } from "pbf";
import { addressOctets } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import type { TapRecord } from "./ringreader.ts";

/** What data frames are that hold such messages. */
export const CONTENT_TYPE = "protobuf:dnstap.Dnstap";

/** Numbers of fields, and of what they may hold: dnstap.proto's own. */
const Dnstap = { IDENTITY: 1, VERSION: 2, MESSAGE: 14, TYPE: 15 } as const;
const DNSTAP_MESSAGE = 1;
const Message = {
  TYPE: 1,
  SOCKET_FAMILY: 2,
  SOCKET_PROTOCOL: 3,
  QUERY_ADDRESS: 4,
  RESPONSE_ADDRESS: 5,
  QUERY_PORT: 6,
  RESPONSE_PORT: 7,
  QUERY_TIME_SEC: 8,
  QUERY_TIME_NSEC: 9,
  QUERY_MESSAGE: 10,
  RESPONSE_TIME_SEC: 12,
  RESPONSE_TIME_NSEC: 13,
  RESPONSE_MESSAGE: 14,
} as const;
const AUTH_QUERY = 1;
const AUTH_RESPONSE = 2;
const INET = 1;
const INET6 = 2;
const UDP = 1;
const TCP = 2;
const DOT = 3;

/** Who says it: the POP, and the program. */
export interface TapSource {
  readonly pop: string;
  readonly version: string;
  readonly listen: readonly Listen[];
}

/** Makes what gives the two messages of an exchange. */
export function dnstapMessages({ pop, version, listen }: TapSource): (record: TapRecord) => Uint8Array[] {
  const servers = listen.map(({ address, port }) => ({ address: Uint8Array.from(addressOctets(address)), port }));
  const identity = Uint8Array.from(Buffer.from(pop));
  const program = Uint8Array.from(Buffer.from(`zonecast ${version}`));
  const whole = (record: TapRecord, type: number) => {
    const pbf = new PbfWriter();
    pbf.writeBytesField(Dnstap.IDENTITY, identity);
    pbf.writeBytesField(Dnstap.VERSION, program);
    pbf.writeMessage(Dnstap.MESSAGE, writeMessage, { record, type, server: servers[record.asked] });
    pbf.writeVarintField(Dnstap.TYPE, DNSTAP_MESSAGE);
    return pbf.finish();
  };
  return (record) => [whole(record, AUTH_QUERY), whole(record, AUTH_RESPONSE)];
}

interface Half {
  readonly record: TapRecord;
  readonly type: number;
  readonly server: { readonly address: Uint8Array; readonly port: number } | undefined;
}

function writeMessage({ record, type, server }: Half, pbf: PbfWriter): void {
  const { address, port, stream, encrypted, query, reply, time, microseconds } = record;
  const begun = timeOf(time - microseconds / 1000);
  pbf.writeVarintField(Message.TYPE, type);
  pbf.writeVarintField(Message.SOCKET_FAMILY, address.length === 4 ? INET : INET6);
  pbf.writeVarintField(Message.SOCKET_PROTOCOL, stream ? (encrypted ? DOT : TCP) : UDP);
  pbf.writeBytesField(Message.QUERY_ADDRESS, address);
  if (server !== undefined) pbf.writeBytesField(Message.RESPONSE_ADDRESS, server.address);
  pbf.writeVarintField(Message.QUERY_PORT, port);
  if (server !== undefined) pbf.writeVarintField(Message.RESPONSE_PORT, server.port);
  pbf.writeVarintField(Message.QUERY_TIME_SEC, begun.seconds);
  pbf.writeFixed32Field(Message.QUERY_TIME_NSEC, begun.nanoseconds);
  if (type === AUTH_QUERY) {
    pbf.writeBytesField(Message.QUERY_MESSAGE, query);
    return;
  }
  const ended = timeOf(time);
  pbf.writeVarintField(Message.RESPONSE_TIME_SEC, ended.seconds);
  pbf.writeFixed32Field(Message.RESPONSE_TIME_NSEC, ended.nanoseconds);
  pbf.writeBytesField(Message.RESPONSE_MESSAGE, reply);
}

function timeOf(milliseconds: number): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: Math.floor((milliseconds - seconds * 1000) * 1e6) };
}
