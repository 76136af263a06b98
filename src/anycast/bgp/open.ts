/** OPEN (RFC 4271 §4.2) with the capabilities (RFC 5492) that we have a use for. */

import { MessageType, messageOctets, u16, u16At, u32, u32At } from "./message.ts";
import { Code, fault, type Notification } from "./notification.ts";

export type Family = 4 | 6;

export interface Open {
  readonly as: number;
  /** Seconds; 0 is none. */
  readonly hold: number;
  /** BGP identifier, as an address in text. */
  readonly id: string;
  /** Those of unicast (RFC 4760); IPv4 alone when the capability is not there. */
  readonly families: readonly Family[];
  /** RFC 6793; without it, `as` comes from the two octets of the OPEN itself. */
  readonly fourOctetAs: boolean;
  /** RFC 2918. */
  readonly routeRefresh: boolean;
}

/** What stands in the two octets for an AS that does not fit (RFC 6793 §9). */
const AS_TRANS = 23456;
const CAPABILITIES = 2;
/** RFC 9072 §2: the length, then the type that says that lengths have two octets. */
const EXTENDED = 255;
const Capability = { Multiprotocol: 1, RouteRefresh: 2, FourOctetAs: 65 } as const;

export function openOctets({ as, hold, id, families, fourOctetAs, routeRefresh }: Open): Uint8Array {
  const capabilities = families.flatMap((family) => [Capability.Multiprotocol, 4, 0, family === 4 ? 1 : 2, 0, 1]);
  if (routeRefresh) capabilities.push(Capability.RouteRefresh, 0);
  if (fourOctetAs) capabilities.push(Capability.FourOctetAs, 4, ...u32(as));
  const parameters = capabilities.length > 0 ? [CAPABILITIES, capabilities.length, ...capabilities] : [];
  const short = as > 0xffff ? AS_TRANS : as;
  const fixed = [4, ...u16(short), ...u16(hold), ...id.split(".").map(Number)];
  return messageOctets(MessageType.Open, [...fixed, parameters.length, ...parameters]);
}

/** Reads the body of an OPEN, 10 octets at least; what is wrong with it otherwise (RFC 4271 §6.2). */
export function readOpen(body: Uint8Array): Open | Notification {
  // "The Data field is a 2-octet unsigned integer, which indicates the largest, locally-supported version number."
  if (body[0] !== 4) return fault(Code.Open, 1, [0, 4]);
  const parameters = capabilitiesOf(body);
  if (!Array.isArray(parameters)) return parameters;
  const families: Family[] = [];
  let as = u16At(body, 1);
  let multiprotocol = false;
  let fourOctetAs = false;
  let routeRefresh = false;
  for (const { code, value } of parameters) {
    if (code === Capability.Multiprotocol && value.length === 4) {
      multiprotocol = true;
      const family = unicastFamily(value);
      if (family && !families.includes(family)) families.push(family);
    } else if (code === Capability.FourOctetAs && value.length === 4) {
      fourOctetAs = true;
      as = u32At(value, 0);
    } else if (code === Capability.RouteRefresh) routeRefresh = true;
  }
  const id = body.subarray(5, 9).join(".");
  const spoken: readonly Family[] = multiprotocol ? families : [4];
  return { as, hold: u16At(body, 3), id, families: spoken, fourOctetAs, routeRefresh };
}

function unicastFamily(value: Uint8Array): Family | undefined {
  if (value[3] !== 1 || value[0] !== 0) return undefined;
  if (value[1] === 1) return 4;
  return value[1] === 2 ? 6 : undefined;
}

interface RawCapability {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The capabilities in the optional parameters; an error for parameters that do not fit, or are something else. */
function capabilitiesOf(body: Uint8Array): RawCapability[] | Notification {
  const extended = body[9] !== 0 && body[10] === EXTENDED && body.length >= 13;
  const lengthOctets = extended ? 2 : 1;
  const length = extended ? u16At(body, 11) : body[9];
  let at = extended ? 13 : 10;
  if (at + length !== body.length) return fault(Code.Open, 0);
  const found: RawCapability[] = [];
  while (at < body.length) {
    const value = at + 1 + lengthOctets;
    if (value > body.length) return fault(Code.Open, 0);
    const end = value + (extended ? u16At(body, at + 1) : body[at + 1]);
    if (end > body.length) return fault(Code.Open, 0);
    if (body[at] !== CAPABILITIES) return fault(Code.Open, 4);
    if (!readCapabilities(body.subarray(value, end), found)) return fault(Code.Open, 0);
    at = end;
  }
  return found;
}

/** Adds the capabilities of one parameter; false when they do not fit into it. */
function readCapabilities(octets: Uint8Array, found: RawCapability[]): boolean {
  let at = 0;
  while (at < octets.length) {
    const end = at + 2 + octets[at + 1];
    if (at + 2 > octets.length || end > octets.length) return false;
    found.push({ code: octets[at], value: octets.subarray(at + 2, end) });
    at = end;
  }
  return true;
}
