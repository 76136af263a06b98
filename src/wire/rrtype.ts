/**
 * Resource record types and classes: numbers and mnemonics.
 *
 * The list follows the IANA registry "Resource Record (RR) TYPEs"; a type that is not in it is written TYPEnnn
 * (RFC 3597 §5), so an unknown type is never an error.
 */

export const RrType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  "NSAP-PTR": 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
} as const;

export const RrClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

const typeByMnemonic = new Map<string, number>(Object.entries(RrType));
const mnemonicByType = new Map<number, string>(Object.entries(RrType).map(([name, code]) => [code, name]));
const classByMnemonic = new Map<string, number>(Object.entries(RrClass));
const mnemonicByClass = new Map<number, string>(Object.entries(RrClass).map(([name, code]) => [code, name]));

/** The number of a type written as a mnemonic or TYPEnnn (RFC 3597 §5), any case; -1 when it is neither. */
export function typeFromText(text: string): number {
  const upper = text.toUpperCase();
  return typeByMnemonic.get(upper) ?? generic(upper, "TYPE");
}

/** A type's mnemonic, or TYPEnnn (RFC 3597 §5). */
export function typeToText(type: number): string {
  return mnemonicByType.get(type) ?? `TYPE${type}`;
}

/** The number of a class written as a mnemonic or CLASSnnn (RFC 3597 §5), any case; -1 when it is neither. */
export function classFromText(text: string): number {
  const upper = text.toUpperCase();
  return classByMnemonic.get(upper) ?? generic(upper, "CLASS");
}

/** A class's mnemonic, or CLASSnnn (RFC 3597 §5). */
export function classToText(rrclass: number): string {
  return mnemonicByClass.get(rrclass) ?? `CLASS${rrclass}`;
}

function generic(text: string, prefix: string): number {
  if (!text.startsWith(prefix)) return -1;
  const digits = text.slice(prefix.length);
  if (!/^\d{1,5}$/.test(digits)) return -1;
  const code = Number(digits);
  return code <= 0xffff ? code : -1;
}

/**
 * Types that only ever stand in messages, never in a zone: OPT, and the range 128–255 that RFC 6895 §3.1 keeps for
 * meta-types and query types.
 */
export function isMetaType(type: number): boolean {
  return type === RrType.OPT || type === 0 || (type >= 128 && type <= 255);
}
