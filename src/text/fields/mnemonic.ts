/** Numbers that have names: DNSSEC algorithms, digest and certificate types, RR types. */

import { typeFromText, typeToText } from "../../wire/rrtype.ts";
import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import { failExpected } from "./expected.ts";
import { numberAt, u16At } from "./number.ts";

type Codes = Readonly<Record<string, number>>;

/** DNS security algorithms (RFC 4034 appendix A.1 and the IANA registry). */
const securityAlgorithms: Codes = {
  DELETE: 0,
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  "DSA-NSEC3-SHA1": 6,
  NSEC3DSA: 6,
  "RSASHA1-NSEC3-SHA1": 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  "ECC-GOST": 12,
  ECCGOST: 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  SM2SM3: 17,
  "ECC-GOST12": 23,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
};

/** DS digest types (IANA registry "DS RR Type Digest Algorithms"). */
const digestTypes: Codes = {
  "SHA-1": 1,
  SHA1: 1,
  "SHA-256": 2,
  SHA256: 2,
  GOST: 3,
  "SHA-384": 4,
  SHA384: 4,
  "GOST R 34.11-2012": 5,
  SM3: 6,
};

/** Certificate types (RFC 4398 §2.1). */
const certificateTypes: Codes = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
};

/** The number the current token stands for, in digits up to `max` or as a mnemonic in any case. Throws TextError. */
function codeFromToken(input: Scanner, codes: Codes, max: number, label: string): number {
  const number = numberAt(input.bytes, input.start, input.end, max);
  if (number >= 0) return number;
  const name = input.text().toUpperCase();
  if (!Object.hasOwn(codes, name)) failExpected(input, `a number from 0 to ${max} or a mnemonic as ${label}`);
  return codes[name];
}

function octetCode(label: string, codes: Codes): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      out.u8(codeFromToken(input, codes, 0xff, label));
    },
    print(rdata, at, end, out) {
      if (at >= end) return -1;
      out.push(String(rdata[at]));
      return at + 1;
    },
  };
}

/** A DNSSEC algorithm: a number or a mnemonic; printed as the number (RFC 4034 §2.2). */
export const securityAlgorithm: Field = octetCode("algorithm", securityAlgorithms);

/** The digest type of DS and its kin. */
export const digestType: Field = octetCode("digest type", digestTypes);

/** The hash algorithm of NSEC3 (RFC 5155 §11). */
export const hashAlgorithm: Field = octetCode("hash algorithm", { "SHA-1": 1, SHA1: 1 });

/** DSYNC's scheme (RFC 9859 §2.1), printed as its mnemonic. */
export const dsyncScheme: Field = {
  label: "scheme",
  read(input, out) {
    input.need(this.label);
    out.u8(codeFromToken(input, { NOTIFY: 1 }, 0xff, this.label));
  },
  print(rdata, at, end, out) {
    if (at >= end) return -1;
    out.push(rdata[at] === 1 ? "NOTIFY" : String(rdata[at]));
    return at + 1;
  },
};

const certificateNames = new Map(Object.entries(certificateTypes).map(([name, code]) => [code, name]));

/** CERT's type, printed as its mnemonic (RFC 4398 §2.2). */
export const certificateType: Field = {
  label: "certificate type",
  read(input, out) {
    input.need(this.label);
    out.u16(codeFromToken(input, certificateTypes, 0xffff, this.label));
  },
  print(rdata, at, end, out) {
    if (at + 2 > end) return -1;
    const code = u16At(rdata, at);
    out.push(certificateNames.get(code) ?? String(code));
    return at + 2;
  },
};

/** The type of the current token, a mnemonic or TYPEnnn. Throws TextError. */
export function typeFromToken(input: Scanner): number {
  const type = typeFromText(input.text());
  if (type < 0) failExpected(input, "an RR type");
  return type;
}

/** An RR type (RRSIG's type covered, RFC 4034 §3.2; DSYNC's type). */
export function rrType(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      out.u16(typeFromToken(input));
    },
    print(rdata, at, end, out) {
      if (at + 2 > end) return -1;
      out.push(typeToText(u16At(rdata, at)));
      return at + 2;
    },
  };
}
