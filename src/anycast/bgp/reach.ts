/** UPDATE as we read it: which of our own prefixes somebody else announces. All else is looked at as far as its bounds. */

import type { Prefix } from "../../text/prefix.ts";
import { u16At } from "./message.ts";
import { Code, fault, type Notification } from "./notification.ts";
import type { Family } from "./open.ts";

/** What an UPDATE says of our prefixes. */
export interface Reach {
  readonly announced: readonly Prefix[];
  readonly withdrawn: readonly Prefix[];
  /** RFC 4724 §2: the neighbour has told all that it has. */
  readonly endOfRib: Family | undefined;
}

const MP_REACH = 14;
const MP_UNREACH = 15;
const EXTENDED_LENGTH = 0x10;

const malformed = fault(Code.Update, 1);
const badNetwork = fault(Code.Update, 10);
const badOptional = fault(Code.Update, 9);

/** Reads the body of an UPDATE, 4 octets at least; gives what to answer when it does not fit together (RFC 4271 §6.3). */
export function readUpdate(body: Uint8Array, own: readonly Prefix[]): Reach | Notification {
  const reach = { announced: [] as Prefix[], withdrawn: [] as Prefix[], endOfRib: undefined as Family | undefined };
  const withdrawnEnd = 2 + u16At(body, 0);
  if (withdrawnEnd + 2 > body.length) return malformed;
  const attributes = withdrawnEnd + 2;
  const attributesEnd = attributes + u16At(body, withdrawnEnd);
  if (attributesEnd > body.length) return malformed;
  if (!readNlri(body.subarray(2, withdrawnEnd), 4, own, reach.withdrawn)) return badNetwork;
  if (!readNlri(body.subarray(attributesEnd), 4, own, reach.announced)) return badNetwork;
  if (body.length === 4) return { ...reach, endOfRib: 4 };
  let at = attributes;
  while (at < attributesEnd) {
    const start = at + (body[at] & EXTENDED_LENGTH ? 4 : 3);
    if (start > attributesEnd) return malformed;
    const end = start + (body[at] & EXTENDED_LENGTH ? u16At(body, at + 2) : body[at + 2]);
    if (end > attributesEnd) return malformed;
    const value = body.subarray(start, end);
    const wrong = readMultiprotocol(body[at + 1], value, own, reach);
    if (wrong) return wrong;
    // An MP_UNREACH_NLRI that is all there is, and empty.
    if (body[at + 1] === MP_UNREACH && value.length === 3 && end === body.length && at === 4) {
      reach.endOfRib = familyOf(value);
    }
    at = end;
  }
  return reach;
}

/** RFC 4760 §3 and §4; attributes of other types say nothing here. */
function readMultiprotocol(
  type: number,
  value: Uint8Array,
  own: readonly Prefix[],
  reach: { announced: Prefix[]; withdrawn: Prefix[] },
): Notification | undefined {
  if (type !== MP_REACH && type !== MP_UNREACH) return undefined;
  // AFI, SAFI; in MP_REACH_NLRI then the length of the next hop, the next hop, one octet reserved.
  const least = type === MP_REACH ? 5 : 3;
  const at = type === MP_REACH ? least + (value[3] ?? 0) : least;
  if (value.length < least || at > value.length) return badOptional;
  const family = familyOf(value);
  if (family === undefined) return undefined;
  const into = type === MP_REACH ? reach.announced : reach.withdrawn;
  return readNlri(value.subarray(at), family, own, into) ? undefined : badNetwork;
}

function familyOf(value: Uint8Array): Family | undefined {
  if (value[0] !== 0 || value[2] !== 1) return undefined;
  if (value[1] === 1) return 4;
  return value[1] === 2 ? 6 : undefined;
}

/** Adds those that are ours to `into`; false when a length is out of bounds. */
function readNlri(octets: Uint8Array, family: Family, own: readonly Prefix[], into: Prefix[]): boolean {
  const most = family === 4 ? 32 : 128;
  let at = 0;
  while (at < octets.length) {
    const bits = octets[at];
    const end = at + 1 + Math.ceil(bits / 8);
    if (bits > most || end > octets.length) return false;
    for (const prefix of own) if (isSame(prefix, family, bits, octets, at + 1)) into.push(prefix);
    at = end;
  }
  return true;
}

/** "Note that the value of trailing bits is irrelevant" (RFC 4271 §4.3). */
function isSame(prefix: Prefix, family: Family, bits: number, octets: Uint8Array, at: number): boolean {
  if (prefix.family !== family || prefix.length !== bits) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (prefix.octets[i] !== octets[at + i]) return false;
  const mask = (0xff << (8 - (bits & 7))) & 0xff;
  return (bits & 7) === 0 || prefix.octets[whole] === (octets[at + whole] & mask);
}
