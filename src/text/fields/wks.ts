/** The protocol and the services of WKS (RFC 1035 §3.4.2): a bitmap with one bit for each port, from port 0. */

import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import { failExpected } from "./expected.ts";
import { numberAt } from "./number.ts";

const MAX_PORT = 0xffff;

const protocols: Readonly<Record<string, number>> = { ICMP: 1, IGMP: 2, TCP: 6, EGP: 8, IGP: 9, UDP: 17 };

/** The mnemonics that zones of WKS's time used (RFC 1010); any other service is written as its port. */
const services: Readonly<Record<string, number>> = {
  ECHO: 7,
  DISCARD: 9,
  SYSTAT: 11,
  DAYTIME: 13,
  CHARGEN: 19,
  "FTP-DATA": 20,
  FTP: 21,
  SSH: 22,
  TELNET: 23,
  SMTP: 25,
  TIME: 37,
  WHOIS: 43,
  DOMAIN: 53,
  TFTP: 69,
  GOPHER: 70,
  FINGER: 79,
  HTTP: 80,
  KERBEROS: 88,
  POP2: 109,
  POP3: 110,
  SUNRPC: 111,
  NNTP: 119,
  NTP: 123,
  IMAP: 143,
  IMAP2: 143,
  SNMP: 161,
  IRC: 194,
  LDAP: 389,
  HTTPS: 443,
};

function codeFromToken(input: Scanner, codes: Readonly<Record<string, number>>, max: number, what: string): number {
  const number = numberAt(input.bytes, input.start, input.end, max);
  if (number >= 0) return number;
  const name = input.text().toUpperCase();
  if (!Object.hasOwn(codes, name)) failExpected(input, `a number from 0 to ${max} or a mnemonic as ${what}`);
  return codes[name];
}

export const protocol: Field = {
  label: "protocol",
  read(input, out) {
    input.need(this.label);
    out.u8(codeFromToken(input, protocols, 0xff, this.label));
  },
  print(rdata, at, end, out) {
    if (at >= end) return -1;
    out.push(String(rdata[at]));
    return at + 1;
  },
};

export const serviceBitmap: Field = {
  label: "services",
  read(input, out) {
    const bits = new Uint8Array((MAX_PORT + 1) / 8);
    let length = 0;
    while (input.next()) {
      const port = codeFromToken(input, services, MAX_PORT, "service");
      bits[port >> 3] |= 0x80 >> (port & 7);
      length = Math.max(length, (port >> 3) + 1);
    }
    out.append(bits.subarray(0, length));
  },
  print(rdata, at, end, out) {
    const length = end - at;
    if (length > (MAX_PORT + 1) / 8 || (length > 0 && rdata[end - 1] === 0)) return -1;
    for (let port = 0; port < length * 8; port++) {
      if ((rdata[at + (port >> 3)] & (0x80 >> (port & 7))) !== 0) out.push(String(port));
    }
    return end;
  },
};
