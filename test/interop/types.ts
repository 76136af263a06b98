/**
 * Numbers of the types these tests ask for or meet. Kept apart from the server's own table on purpose: a wrong number
 * there would otherwise go unnoticed on both sides.
 */
export const Type: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
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
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  ANY: 255,
  URI: 256,
  CAA: 257,
};

const names = new Map(Object.entries(Type).map(([name, code]) => [code, name]));

/** The number of a mnemonic or of TYPEnnn. */
export function typeNumber(text: string): number {
  const code = Type[text] ?? Number(/^TYPE(\d+)$/.exec(text)?.[1]);
  if (!Number.isInteger(code)) throw new Error(`no number for type ${text}`);
  return code;
}

/** The mnemonic of a number, or TYPEnnn. */
export function typeName(code: number): string {
  return names.get(code) ?? `TYPE${code}`;
}
