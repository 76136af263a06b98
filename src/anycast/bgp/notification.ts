/** NOTIFICATION (RFC 4271 §4.5): why a session ends, as a code, a subcode and data. */

import { MessageType, messageOctets } from "./message.ts";

export interface Notification {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

export const Code = { Header: 1, Open: 2, Update: 3, HoldTimer: 4, Fsm: 5, Cease: 6, RouteRefresh: 7 } as const;
/** RFC 4486, RFC 9384. */
export const Cease = {
  MaxPrefixes: 1,
  Shutdown: 2,
  Deconfigured: 3,
  Reset: 4,
  Rejected: 5,
  Config: 6,
  Collision: 7,
} as const;

const SUBCODES: Readonly<Record<number, readonly string[]>> = {
  [Code.Header]: ["", "connection not synchronized", "bad message length", "bad message type"],
  [Code.Open]: [
    "",
    "unsupported version number",
    "bad peer AS",
    "bad BGP identifier",
    "unsupported optional parameter",
    "authentication failure",
    "unacceptable hold time",
    "unsupported capability",
    "",
    "",
    "",
    "role mismatch",
  ],
  [Code.Update]: [
    "",
    "malformed attribute list",
    "unrecognized well-known attribute",
    "missing well-known attribute",
    "attribute flags error",
    "attribute length error",
    "invalid origin",
    "AS routing loop",
    "invalid next hop",
    "optional attribute error",
    "invalid network field",
    "malformed AS path",
  ],
  [Code.Fsm]: [
    "",
    "unexpected message in OpenSent",
    "unexpected message in OpenConfirm",
    "unexpected message in Established",
  ],
  [Code.Cease]: [
    "",
    "maximum number of prefixes reached",
    "administrative shutdown",
    "peer de-configured",
    "administrative reset",
    "connection rejected",
    "other configuration change",
    "connection collision resolution",
    "out of resources",
    "hard reset",
    "BFD down",
  ],
  [Code.RouteRefresh]: ["", "invalid message length"],
};
const CODES = [
  "",
  "message header error",
  "OPEN error",
  "UPDATE error",
  "hold timer expired",
  "state machine error",
  "cease",
  "ROUTE-REFRESH error",
];

export function fault(code: number, subcode: number, data: ArrayLike<number> = []): Notification {
  return { code, subcode, data: Uint8Array.from(data) };
}

export function isFault(value: object): value is Notification {
  return "subcode" in value;
}

export function notificationOctets({ code, subcode, data }: Notification): Uint8Array {
  return messageOctets(MessageType.Notification, [code, subcode, ...data]);
}

/** Reads the body of one; its length has been checked with the header. */
export function readNotification(body: Uint8Array): Notification {
  return { code: body[0], subcode: body[1], data: body.slice(2) };
}

/** "Cease, administrative shutdown" and the numbers, as operators look them up. */
export function notificationName({ code, subcode }: Notification): string {
  const name = CODES[code] ?? "";
  const sub = SUBCODES[code]?.[subcode] ?? "";
  const words = [name, sub].filter((word) => word !== "").join(": ");
  return `${words || "an unknown error"} (${code}/${subcode})`;
}

/** Longest text of a shutdown communication, in octets (RFC 9003 §2). */
const COMMUNICATION = 255;

/** What an operator says with a shutdown or reset (RFC 9003, formerly RFC 8203); undefined without any. On one line. */
export function communication({ code, subcode, data }: Notification): string | undefined {
  if (code !== Code.Cease || (subcode !== Cease.Shutdown && subcode !== Cease.Reset)) return undefined;
  if (data.length < 1 || data[0] === 0 || data[0] > data.length - 1) return undefined;
  const text = new TextDecoder().decode(data.subarray(1, 1 + data[0]));
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim() || undefined;
}

/** A Cease by an operator's will, with a text of at most 255 octets; a longer one is cut between characters. */
export function shutdown(text: string): Notification {
  const octets = new Uint8Array(COMMUNICATION);
  const { written } = new TextEncoder().encodeInto(text, octets);
  return fault(Code.Cease, Cease.Shutdown, written > 0 ? [written, ...octets.subarray(0, written)] : []);
}
