/**
 * Fields whose form depends on a type octet before them: IPSECKEY's gateway (RFC 4025 §2.5) and AMTRELAY's relay
 * (RFC 8777 §4.2.4). Types: 0 none (written "."), 1 IPv4, 2 IPv6, 3 a name that is not compressed.
 */

import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import { ipv4, ipv6 } from "./address.ts";
import { domainName } from "./domain.ts";
import { failExpected } from "./expected.ts";
import { needNumber } from "./number.ts";

const DOT = 46;
const DISCOVERY_OPTIONAL = 0x80;

const none: Field = {
  label: "gateway",
  read(input) {
    input.need('"."');
    if (input.end - input.start !== 1 || input.bytes[input.start] !== DOT) failExpected(input, '"." for type 0');
  },
  print(_rdata, at, _end, out) {
    out.push(".");
    return at;
  },
};

const byType: readonly (Field | undefined)[] = [none, ipv4, ipv6, domainName("gateway name")];

/** `typeAt` is where the type octet stands, counted back from this field. */
function gateway(label: string, typeAt: number): Field {
  return {
    label,
    read(input: Scanner, out) {
      const type = out.bytes[out.length - typeAt] & ~DISCOVERY_OPTIONAL;
      const field = byType[type];
      if (field === undefined) input.fail(`${label} type ${type} is unknown`);
      field.read(input, out);
    },
    print(rdata, at, end, out) {
      const field = byType[rdata[at - typeAt] & ~DISCOVERY_OPTIONAL];
      return field === undefined ? -1 : field.print(rdata, at, end, out);
    },
  };
}

/** IPSECKEY's gateway type: all eight bits count, unlike AMTRELAY's. */
export const gatewayType: Field = {
  label: "gateway type",
  read(input, out) {
    out.u8(needNumber(input, byType.length - 1, this.label));
  },
  print(rdata, at, end, out) {
    if (at >= end || rdata[at] >= byType.length) return -1;
    out.push(String(rdata[at]));
    return at + 1;
  },
};

/** IPSECKEY's gateway; the algorithm octet stands between it and its type. */
export const ipsecGateway: Field = gateway("gateway", 2);

/** AMTRELAY's D bit and relay type: one octet, two tokens (RFC 8777 §4.3.1). */
export const discoveryAndType: Field = {
  label: "discovery optional",
  read(input, out) {
    const discovery = needNumber(input, 1, this.label);
    out.u8(discovery * DISCOVERY_OPTIONAL + needNumber(input, byType.length - 1, "relay type"));
  },
  print(rdata, at, end, out) {
    if (at >= end) return -1;
    out.push(String(rdata[at] >> 7), String(rdata[at] & ~DISCOVERY_OPTIONAL));
    return at + 1;
  },
};

export const relay: Field = gateway("relay", 1);
