/** The fields of each RR type's RDATA, in wire order. Named as the RFC of the type names them. */

import { RrType } from "../../wire/rrtype.ts";
import type { Field } from "../field.ts";
import { a6 } from "./a6.ts";
import { ipv4, ipv6 } from "./address.ts";
import { addressPrefixes } from "./apl.ts";
import { nextHashedOwner } from "./base32.ts";
import { optionalBase64, restBase64 } from "./base64.ts";
import { possiblyEmptyTypeBitmap, typeBitmap } from "./bitmap.ts";
import { caaTag } from "./caa.ts";
import { associationData, dsDigest, sshFingerprint, zoneDigest } from "./digest.ts";
import { doaData } from "./doa.ts";
import { domainName, domainNames } from "./domain.ts";
import { eui48, eui64, locator64, nodeId } from "./eui.ts";
import { discoveryAndType, gatewayType, ipsecGateway, relay } from "./gateway.ts";
import { countedHex, restHex } from "./hex.ts";
import { hostIdentity } from "./hip.ts";
import { location } from "./loc.ts";
import { certificateType, digestType, dsyncScheme, hashAlgorithm, rrType, securityAlgorithm } from "./mnemonic.ts";
import { nsap } from "./nsap.ts";
import { seconds, u8, u16, u32, u64 } from "./number.ts";
import { nxtBitmap } from "./nxt.ts";
import { characterString, characterStrings, optionalString, restText, x25Address } from "./string.ts";
import { serviceParams } from "./svcb.ts";
import { signatureTime } from "./time.ts";
import { protocol, serviceBitmap } from "./wks.ts";

type Fields = readonly Field[];
type Row = readonly [type: number, fields: Fields];

const mailHost: Fields = [domainName("mail host")];
const text: Fields = [characterStrings("text")];
const nsec3Head: Fields = [hashAlgorithm, u8("flags"), u16("iterations"), countedHex("salt")];
const ds: Fields = [u16("key tag"), securityAlgorithm, digestType, dsDigest];
const keyHead: Fields = [u16("flags"), u8("protocol"), securityAlgorithm];
const key: Fields = [...keyHead, restBase64("public key")];
const association: Fields = [u8("certificate usage"), u8("selector"), u8("matching type"), associationData];
const service: Fields = [u16("priority"), domainName("target name"), serviceParams];
const signature: Fields = [
  rrType("type covered"),
  securityAlgorithm,
  u8("labels"),
  u32("original TTL"),
  signatureTime("signature expiration"),
  signatureTime("signature inception"),
  u16("key tag"),
  domainName("signer's name"),
  restBase64("signature"),
];

/** RFC 1035 §3.3, §3.4. NULL has no text but \#. */
const basic: readonly Row[] = [
  [RrType.A, [ipv4]],
  [RrType.NS, [domainName("name server")]],
  [RrType.MD, mailHost],
  [RrType.MF, mailHost],
  [RrType.CNAME, [domainName("canonical name")]],
  [
    RrType.SOA,
    [
      domainName("primary server"),
      domainName("mailbox of the person responsible"),
      u32("serial"),
      seconds("refresh"),
      seconds("retry"),
      seconds("expire"),
      seconds("minimum"),
    ],
  ],
  [RrType.MB, mailHost],
  [RrType.MG, [domainName("mailbox")]],
  [RrType.MR, [domainName("mailbox")]],
  [RrType.WKS, [ipv4, protocol, serviceBitmap]],
  [RrType.PTR, [domainName("domain name")]],
  [RrType.HINFO, [characterString("CPU"), characterString("operating system")]],
  [RrType.MINFO, [domainName("responsible mailbox"), domainName("error mailbox")]],
  [RrType.MX, [u16("preference"), domainName("exchange")]],
  [RrType.TXT, text],
];

/** Hosts, services, addresses. */
const hosts: readonly Row[] = [
  [RrType.RP, [domainName("mailbox"), domainName("text name")]],
  [RrType.AFSDB, [u16("subtype"), domainName("host name")]],
  [RrType.X25, [x25Address]],
  [RrType.ISDN, [characterString("ISDN address"), optionalString("subaddress")]],
  [RrType.RT, [u16("preference"), domainName("intermediate host")]],
  [RrType.NSAP, [nsap]],
  [RrType["NSAP-PTR"], [domainName("owner")]],
  [RrType.PX, [u16("preference"), domainName("RFC 822 domain"), domainName("X.400 domain")]],
  [RrType.GPOS, [characterString("longitude"), characterString("latitude"), characterString("altitude")]],
  [RrType.AAAA, [ipv6]],
  [RrType.LOC, [location]],
  [RrType.EID, [restHex("endpoint identifier")]],
  [RrType.NIMLOC, [restHex("Nimrod locator")]],
  [RrType.SRV, [u16("priority"), u16("weight"), u16("port"), domainName("target")]],
  [
    RrType.NAPTR,
    [
      u16("order"),
      u16("preference"),
      characterString("flags"),
      characterString("services"),
      characterString("regexp"),
      domainName("replacement"),
    ],
  ],
  [RrType.KX, [u16("preference"), domainName("exchanger")]],
  [RrType.A6, [a6]],
  [RrType.DNAME, [domainName("target")]],
  [RrType.APL, [addressPrefixes]],
  [RrType.NID, [u16("preference"), nodeId]],
  [RrType.L32, [u16("preference"), ipv4]],
  [RrType.L64, [u16("preference"), locator64]],
  [RrType.LP, [u16("preference"), domainName("locator name")]],
  [RrType.EUI48, [eui48]],
  [RrType.EUI64, [eui64]],
  [RrType.URI, [u16("priority"), u16("weight"), restText("target", 1)]],
  [RrType.SVCB, service],
  [RrType.HTTPS, service],
  [RrType.DSYNC, [rrType("RR type"), dsyncScheme, u16("port"), domainName("target")]],
  [RrType.AMTRELAY, [u8("precedence"), discoveryAndType, relay]],
];

/** DNSSEC (RFC 4034, RFC 5155, RFC 8976) and what came before it (RFC 2535). */
const dnssec: readonly Row[] = [
  [RrType.SIG, signature],
  [RrType.KEY, [...keyHead, optionalBase64("public key")]],
  [RrType.NXT, [domainName("next domain name"), nxtBitmap]],
  [RrType.DS, ds],
  [RrType.RRSIG, signature],
  [RrType.NSEC, [domainName("next domain name"), typeBitmap]],
  [RrType.DNSKEY, key],
  [RrType.NSEC3, [...nsec3Head, nextHashedOwner, possiblyEmptyTypeBitmap]],
  [RrType.NSEC3PARAM, nsec3Head],
  [RrType.RKEY, key],
  [RrType.TALINK, [domainName("previous name"), domainName("next name")]],
  [RrType.CDS, ds],
  [RrType.CDNSKEY, key],
  [RrType.CSYNC, [u32("SOA serial"), u16("flags"), possiblyEmptyTypeBitmap]],
  [RrType.ZONEMD, [u32("serial"), u8("scheme"), u8("hash algorithm"), zoneDigest]],
  [RrType.TA, ds],
  [RrType.DLV, ds],
];

/** Keys and certificates of other protocols. */
const keys: readonly Row[] = [
  [RrType.CERT, [certificateType, u16("key tag"), securityAlgorithm, restBase64("certificate")]],
  [RrType.SSHFP, [u8("algorithm"), u8("fingerprint type"), sshFingerprint]],
  [RrType.IPSECKEY, [u8("precedence"), gatewayType, u8("algorithm"), ipsecGateway, optionalBase64("public key")]],
  [RrType.DHCID, [restBase64("digest")]],
  [RrType.TLSA, association],
  [RrType.SMIMEA, association],
  [RrType.HIP, [hostIdentity, domainNames("rendezvous server")]],
  [RrType.OPENPGPKEY, [restBase64("OpenPGP key")]],
  [RrType.HHIT, [restBase64("HHIT data")]],
  [RrType.BRID, [restBase64("BRID data")]],
  [RrType.CAA, [u8("flags"), caaTag, restText("value", 0)]],
];

/** Free text and experiments. ATMA, UINFO, UID, GID and UNSPEC have no standard text but \#. */
const others: readonly Row[] = [
  [RrType.SINK, [u8("meaning"), u8("coding"), u8("subcoding"), optionalBase64("data")]],
  [RrType.NINFO, text],
  [RrType.SPF, text],
  [RrType.AVC, text],
  [RrType.DOA, [u32("enterprise"), u32("type"), u8("location"), characterString("media type"), doaData]],
  [RrType.RESINFO, text],
  [RrType.WALLET, text],
  [RrType.CLA, text],
  [RrType.IPN, [u64("CBHE node number")]],
];

export const fieldsByType: ReadonlyMap<number, Fields> = new Map([...basic, ...hosts, ...dnssec, ...keys, ...others]);
