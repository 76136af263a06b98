/** Well-formed RDATA of each type in wire form, generated from the RFCs' formats and not from the fields under test. */

import fc from "fast-check";
import { RrType } from "../../src/wire/rrtype.ts";

type Wire = fc.Arbitrary<Uint8Array>;

function concat(...parts: Wire[]): Wire {
  return fc.tuple(...parts).map((octets) => Uint8Array.from(octets.flatMap((part) => [...part])));
}

function octets(minLength: number, maxLength: number): Wire {
  return fc.uint8Array({ minLength, maxLength });
}

function exactly(...values: number[]): Wire {
  return fc.constant(Uint8Array.from(values));
}

function counted(content: Wire): Wire {
  return content.map((part) => Uint8Array.of(part.length, ...part));
}

function many(part: Wire, minLength: number, maxLength: number): Wire {
  return fc.array(part, { minLength, maxLength }).map((parts) => Uint8Array.from(parts.flatMap((one) => [...one])));
}

const u8 = octets(1, 1);
const u16 = octets(2, 2);
const u32 = octets(4, 4);
const u64 = octets(8, 8);
const string = counted(octets(0, 255));
const strings = many(counted(octets(0, 40)), 1, 5);
const name = concat(many(counted(octets(1, 63)), 0, 3), exactly(0));
const blob = octets(1, 80);

function withoutZeroAtEnd(minLength: number, maxLength: number): Wire {
  return octets(minLength, maxLength).map((part) => (part.at(-1) === 0 ? part.with(-1, 1) : part));
}

const bitmap = fc
  .uniqueArray(fc.tuple(fc.nat(255), withoutZeroAtEnd(1, 32)), { selector: ([window]) => window, maxLength: 4 })
  .map((windows) => windows.toSorted(([a], [b]) => a - b))
  .map((windows) => Uint8Array.from(windows.flatMap(([window, bits]) => [window, bits.length, ...bits])));

function digest(types: readonly (readonly [type: number, length: number])[]): Wire {
  return fc.oneof(...types.map(([type, length]) => concat(exactly(type), octets(length, length))));
}

const dsDigest = fc.oneof(
  digest([
    [1, 20],
    [2, 32],
    [3, 32],
    [4, 48],
  ]),
  concat(exactly(0), blob),
);
const tlsaDigest = fc.oneof(
  digest([
    [1, 32],
    [2, 64],
  ]),
  concat(exactly(0), blob),
);
const sshDigest = digest([
  [1, 20],
  [2, 32],
]);
const zoneDigest = fc.oneof(
  concat(
    exactly(1),
    digest([
      [1, 48],
      [2, 64],
    ]),
  ),
  concat(exactly(240, 240), octets(12, 80)),
);

const ds = concat(u16, u8, dsDigest);
const key = concat(u16, u8, u8, blob);
const signature = concat(u16, u8, u8, u32, u32, u32, u16, name, blob);
const tlsa = concat(u8, u8, tlsaDigest);
const nsec3 = concat(u8, u8, u16, counted(octets(0, 255)));

const locSize = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([m, e]) => Uint8Array.of((m << 4) | e));

function locAngle(degrees: number): Wire {
  const most = degrees * 3_600_000;
  return fc.integer({ min: -most, max: most }).map((offset) => {
    const out = new Uint8Array(4);
    new DataView(out.buffer).setUint32(0, 2 ** 31 + offset);
    return out;
  });
}

function prefixes(family: number, size: number): Wire {
  return fc
    .tuple(fc.nat(size * 8), fc.boolean(), withoutZeroAtEnd(0, size))
    .map(([prefix, negated, part]) => [0, family, prefix, part.length | (negated ? 0x80 : 0), ...part])
    .map((values) => Uint8Array.from(values));
}

const a6 = fc.tuple(fc.nat(128), octets(16, 16), name).map(([prefix, address, prefixName]) => {
  const suffix = address.slice(prefix >> 3);
  if (suffix.length > 0) suffix[0] &= 0xff >> (prefix & 7);
  return Uint8Array.of(prefix, ...suffix, ...(prefix > 0 ? prefixName : []));
});

const relay = fc.oneof(
  concat(exactly(0x80)),
  concat(exactly(0)),
  concat(exactly(1), u32),
  concat(exactly(0x82), octets(16, 16)),
  concat(exactly(3), name),
);
const gateway = fc.oneof(
  concat(exactly(0), u8),
  concat(exactly(1), u8, u32),
  concat(exactly(2), u8, octets(16, 16)),
  concat(exactly(3), u8, name),
);
const hip = fc
  .tuple(octets(1, 40), u8, blob, many(name, 0, 3))
  .map(([tag, algorithm, pk, servers]) =>
    Uint8Array.of(tag.length, ...algorithm, 0, pk.length, ...tag, ...pk, ...servers),
  );

const paramValues: readonly (readonly [key: number, value: Wire])[] = [
  [1, many(counted(octets(1, 20)), 1, 3)],
  [3, u16],
  [4, many(u32, 1, 3)],
  [5, blob],
  [6, many(octets(16, 16), 1, 3)],
  [8, exactly()],
  [9, many(u16, 1, 4)],
  [667, octets(0, 40)],
  [65534, octets(0, 40)],
];
const service = fc
  .tuple(u16, name, fc.tuple(...paramValues.map(([, value]) => fc.option(value))))
  .map(([priority, target, values]) => {
    const params = values.flatMap((value, i) =>
      value === null ? [] : [paramValues[i][0] >> 8, paramValues[i][0] & 0xff, 0, value.length, ...value],
    );
    return Uint8Array.of(...priority, ...target, ...params);
  });

const letters = fc.stringMatching(/^[A-Za-z0-9]{1,15}$/).map((text) => new TextEncoder().encode(text));
const digits = fc.stringMatching(/^\d{4,15}$/).map((text) => new TextEncoder().encode(text));

export const wireOf: ReadonlyMap<number, Wire> = new Map([
  ...[RrType.NS, RrType.MD, RrType.MF, RrType.CNAME, RrType.MB, RrType.MG, RrType.MR].map((type): [number, Wire] => [
    type,
    name,
  ]),
  ...[RrType.PTR, RrType["NSAP-PTR"], RrType.DNAME].map((type): [number, Wire] => [type, name]),
  ...[RrType.MX, RrType.AFSDB, RrType.RT, RrType.KX, RrType.LP].map((type): [number, Wire] => [
    type,
    concat(u16, name),
  ]),
  ...[RrType.TXT, RrType.SPF, RrType.NINFO, RrType.AVC, RrType.RESINFO, RrType.WALLET, RrType.CLA].map(
    (type): [number, Wire] => [type, strings],
  ),
  ...[RrType.DS, RrType.CDS, RrType.TA, RrType.DLV].map((type): [number, Wire] => [type, ds]),
  ...[RrType.DNSKEY, RrType.CDNSKEY, RrType.KEY, RrType.RKEY].map((type): [number, Wire] => [type, key]),
  ...[RrType.DHCID, RrType.OPENPGPKEY, RrType.HHIT, RrType.BRID, RrType.EID, RrType.NIMLOC, RrType.NSAP].map(
    (type): [number, Wire] => [type, blob],
  ),
  ...[RrType.MINFO, RrType.RP, RrType.TALINK].map((type): [number, Wire] => [type, concat(name, name)]),
  [RrType.A, u32],
  [RrType.AAAA, octets(16, 16)],
  [RrType.SOA, concat(name, name, u32, u32, u32, u32, u32)],
  [RrType.NULL, octets(0, 80)],
  [RrType.WKS, concat(u32, u8, withoutZeroAtEnd(0, 60))],
  [RrType.HINFO, concat(string, string)],
  [RrType.X25, counted(digits)],
  [RrType.ISDN, fc.oneof(string, concat(string, string))],
  [RrType.SIG, signature],
  [RrType.RRSIG, signature],
  [RrType.PX, concat(u16, name, name)],
  [RrType.GPOS, concat(string, string, string)],
  [RrType.LOC, concat(exactly(0), locSize, locSize, locSize, locAngle(90), locAngle(180), u32)],
  [
    RrType.NXT,
    concat(
      name,
      withoutZeroAtEnd(0, 16).map((bits) => bits.map((bit, i) => (i === 0 ? bit & 0x7f || 1 : bit))),
    ),
  ],
  [RrType.SRV, concat(u16, u16, u16, name)],
  [RrType.NAPTR, concat(u16, u16, string, string, string, name)],
  [RrType.CERT, concat(u16, u16, u8, blob)],
  [RrType.A6, a6],
  [RrType.SINK, concat(u8, u8, u8, octets(0, 40))],
  [RrType.APL, many(fc.oneof(prefixes(1, 4), prefixes(2, 16)), 0, 4)],
  [RrType.SSHFP, concat(u8, sshDigest)],
  [RrType.IPSECKEY, concat(u8, gateway, octets(0, 40))],
  [
    RrType.NSEC,
    concat(
      name,
      bitmap.filter((bits) => bits.length > 0),
    ),
  ],
  [RrType.NSEC3, concat(nsec3, counted(octets(1, 255)), bitmap)],
  [RrType.NSEC3PARAM, nsec3],
  [RrType.TLSA, tlsa],
  [RrType.SMIMEA, tlsa],
  [RrType.HIP, hip],
  [RrType.CSYNC, concat(u32, u16, bitmap)],
  [RrType.ZONEMD, concat(u32, zoneDigest)],
  [RrType.SVCB, service],
  [RrType.HTTPS, service],
  [RrType.DSYNC, concat(u16, u8, u16, name)],
  [RrType.NID, concat(u16, u64)],
  [RrType.L32, concat(u16, u32)],
  [RrType.L64, concat(u16, u64)],
  [RrType.EUI48, octets(6, 6)],
  [RrType.EUI64, u64],
  [RrType.URI, concat(u16, u16, blob)],
  [RrType.CAA, concat(u8, counted(letters), octets(0, 300))],
  [RrType.DOA, concat(u32, u32, u8, string, octets(0, 40))],
  [RrType.AMTRELAY, concat(u8, relay)],
  [RrType.IPN, u64],
]);
