/** BGP messages (RFC 4271 §4.1): a marker of sixteen 0xff, the length of all in two octets, the type, the body. */

export const MessageType = { Open: 1, Update: 2, Notification: 3, Keepalive: 4, RouteRefresh: 5 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

export const MARKER = 16;
export const HEADER = 19;
/** RFC 4271 §4: the longest message. RFC 8654 allows longer ones to those who agree on it; we never do. */
export const LONGEST = 4096;

/** A message that has come, its header checked. The body is only good until the next one is read. */
export interface Message {
  readonly type: MessageType;
  readonly body: Uint8Array;
}

/** The octets of a message. Throws RangeError when it gets longer than the protocol allows. */
export function messageOctets(type: MessageType, body: ArrayLike<number>): Uint8Array {
  const length = HEADER + body.length;
  if (length > LONGEST) throw new RangeError(`a BGP message of ${length} octets`);
  const octets = new Uint8Array(length);
  octets.fill(0xff, 0, MARKER);
  octets[16] = length >> 8;
  octets[17] = length & 0xff;
  octets[18] = type;
  octets.set(body, HEADER);
  return octets;
}

/** RFC 4271 §4.4. */
export function keepalive(): Uint8Array {
  return messageOctets(MessageType.Keepalive, []);
}

/** The family that a ROUTE-REFRESH asks for; undefined for one that we do not speak, or for a demarcation (RFC 7313). */
export function refreshedFamily(body: Uint8Array): 4 | 6 | undefined {
  if (body[0] !== 0 || body[2] !== 0 || body[3] !== 1) return undefined;
  if (body[1] === 1) return 4;
  return body[1] === 2 ? 6 : undefined;
}

/** Four octets of a number of 32 bits. */
export function u32(value: number): [number, number, number, number] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

export function u16(value: number): [number, number] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function u16At(octets: Uint8Array, at: number): number {
  return octets[at] * 256 + octets[at + 1];
}

export function u32At(octets: Uint8Array, at: number): number {
  return u16At(octets, at) * 65536 + u16At(octets, at + 2);
}
