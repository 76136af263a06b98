import { describe, expect, test } from "vitest";
import { TextError } from "../../src/text/error.ts";
import { nameFromText } from "../../src/text/name.ts";
import { readRdata } from "../../src/text/rdata.ts";
import { Scanner } from "../../src/text/scanner.ts";
import { WireBuffer } from "../../src/text/wirebuffer.ts";
import { typeFromText } from "../../src/wire/rrtype.ts";

function failure(type: string, text: string): TextError {
  try {
    readRdata(
      typeFromText(type),
      new Scanner(new TextEncoder().encode(text), nameFromText("example.")),
      new WireBuffer(),
    );
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
  throw new Error(`${type} ${text} was read`);
}

const cases: readonly (readonly [type: string, text: string, message: string])[] = [
  ["A", "", "missing IPv4 address"],
  ["A", "300.1.1.1", 'expected an IPv4 address, got "300.1.1.1"'],
  ["A", "1.2.3", 'expected an IPv4 address, got "1.2.3"'],
  ["A", "1.2.3.4.5", 'expected an IPv4 address, got "1.2.3.4.5"'],
  ["A", "01.2.3.4", 'expected an IPv4 address, got "01.2.3.4"'],
  ["A", "1.2.3.4 5", 'unexpected "5" after the RDATA'],
  ["A", String.raw`\# 3 010203`, "malformed RDATA: these 3 octets are no RDATA of type A"],
  ["A", String.raw`\# 4 0102030`, "an odd number of hex digits as RDATA"],
  ["A", String.raw`\# 4 010203`, "\\# says 4 octets of RDATA, the hex has 3"],
  ["A", String.raw`\# 65536 00`, 'expected a number from 0 to 65535 as RDATA length, got "65536"'],
  ["A", String.raw`\# 4`, "\\# says 4 octets of RDATA, the hex has 0"],
  ["AAAA", "2001:db8::1::2", 'expected an IPv6 address, got "2001:db8::1::2"'],
  ["AAAA", "1:2:3:4:5:6:7", 'expected an IPv6 address, got "1:2:3:4:5:6:7"'],
  ["AAAA", "1:2:3:4:5:6:7:8:9", 'expected an IPv6 address, got "1:2:3:4:5:6:7:8:9"'],
  ["AAAA", "12345::", 'expected an IPv6 address, got "12345::"'],
  ["AAAA", "::1.2.3.256", 'expected an IPv6 address, got "::1.2.3.256"'],
  ["NS", "", "missing name server"],
  ["NS", "a..b", "the name has an empty label"],
  ["NS", "ns1 ns2", 'unexpected "ns2" after the RDATA'],
  ["MX", "65536 mail", 'expected a number from 0 to 65535 as preference, got "65536"'],
  ["MX", "mail", 'expected a number from 0 to 65535 as preference, got "mail"'],
  ["MX", "-1 mail", 'expected a number from 0 to 65535 as preference, got "-1"'],
  ["SOA", "a b 4294967296 1 1 1 1", 'expected a number from 0 to 4294967295 as serial, got "4294967296"'],
  ["SOA", "a b 1 1x 1 1 1", 'expected a time in seconds or like 1h30m, got "1x"'],
  ["SOA", "a b 1 7102w 1 1 1", 'expected a time of at most 4294967295 seconds, got "7102w"'],
  ["SOA", "a b 1 1 1 1", "missing minimum"],
  ["TXT", "", "missing text"],
  ["TXT", String.raw`"\256"`, "\\256 is over \\255"],
  ["TXT", String.raw`"\12"`, "\\DDD needs three decimal digits"],
  ["SRV", "1 2 3", "missing target"],
  ["HINFO", "one", "missing operating system"],
  ["X25", "12", 'expected four digits or more as PSDN address, got "12"'],
  ["NSAP", "47000580", 'expected an NSAP address like 0x47.0005, got "47000580"'],
  ["NSAP", "0x470", "an odd number of hex digits as NSAP address"],
  ["EUI48", "00-00-5e-00-53", 'expected an EUI-48 address like 00-00-5e-00-53-2a, got "00-00-5e-00-53"'],
  [
    "EUI64",
    "00:00:5e:ef:10:00:00:2a",
    'expected an EUI-64 address like 00-00-5e-ef-10-00-00-2a, got "00:00:5e:ef:10:00:00:2a"',
  ],
  ["NID", "10 14:4fff:ff20", 'expected a node identifier like 2001:db8:1140:1000, got "14:4fff:ff20"'],
  ["L64", "10 2001:db8:1140:10000", 'expected a 64-bit locator like 2001:db8:1140:1000, got "2001:db8:1140:10000"'],
  ["URI", '1 1 ""', "an empty target"],
  ["CAA", '0 is-sue "x"', 'expected letters and digits as tag, got "is-sue"'],
  ["CAA", '256 issue "x"', 'expected a number from 0 to 255 as flags, got "256"'],
  ["CAA", "0 issue", "missing value"],
  ["DS", "1 8 1 00", "digest length is 1, but type 1 has 20 octets"],
  ["DS", "1 8 2 2BB183AF5F22588179A53B0A98631FAD1A292118", "digest length is 20, but type 2 has 32 octets"],
  ["DS", "1 8 4 00", "digest length is 1, but type 4 has 48 octets"],
  ["DS", "1 8 99", "missing digest"],
  ["DS", "1 FOO 2 00", 'expected a number from 0 to 255 or a mnemonic as algorithm, got "FOO"'],
  ["DS", "1 8 1 2BB183AF5F22588179A53B0A98631FAD1A29211", "an odd number of hex digits as digest"],
  ["DS", "1 8 1 zz", 'expected hex digits as digest, got "zz"'],
  ["SSHFP", "1 1 00", "fingerprint length is 1, but type 1 has 20 octets"],
  ["SSHFP", "1 2 00", "fingerprint length is 1, but type 2 has 32 octets"],
  ["TLSA", "3 1 1 00", "certificate association data length is 1, but type 1 has 32 octets"],
  ["TLSA", "3 1 2 00", "certificate association data length is 1, but type 2 has 64 octets"],
  ["SMIMEA", "3 1 0", "missing certificate association data"],
  ["ZONEMD", "1 1 1 00", "digest length is 1, but hash algorithm 1 has 48 octets"],
  ["ZONEMD", "1 1 2 00", "digest length is 1, but hash algorithm 2 has 64 octets"],
  ["ZONEMD", "1 9 9 0011", "digest length is 2, under 12 octets"],
  ["DNSKEY", "257 3 13", "missing public key"],
  ["DNSKEY", "257 3 13 AAA", "bad base64 padding in public key"],
  ["DNSKEY", "257 3 13 AAB=", "the last base64 digit of public key has bits past the end"],
  ["DNSKEY", "257 3 13 AA=A", 'expected base64 as public key, got "AA=A"'],
  ["DNSKEY", "257 3 13 AA!A", 'expected base64 as public key, got "AA!A"'],
  [
    "RRSIG",
    "A 8 1 60 20231301000000 0 1 . AAAA",
    'expected YYYYMMDDHHmmSS or seconds since 1970 as signature expiration, got "20231301000000"',
  ],
  [
    "RRSIG",
    "A 8 1 60 21060207062816 0 1 . AAAA",
    'expected YYYYMMDDHHmmSS or seconds since 1970 as signature expiration, got "21060207062816"',
  ],
  ["RRSIG", "A 8 1 60 0 0 1 .", "missing signature"],
  ["RRSIG", "NOTYPE 8 1 60 0 0 1 . AAAA", 'expected an RR type, got "NOTYPE"'],
  ["NSEC", "b", "missing type bitmap"],
  ["NSEC", "b A FOO", 'expected an RR type, got "FOO"'],
  ["NSEC3", "1 0 0 - 0 A", "base32hex that does not end on a whole octet"],
  ["NSEC3", "1 0 0 - WWWW A", 'expected base32hex as next hashed owner name, got "WWWW"'],
  ["NSEC3", '1 0 0 - "" A', 'expected base32hex as next hashed owner name, got ""'],
  ["NSEC3", "1 0 0 abc 2VPTU5TI", "an odd number of hex digits as salt"],
  ["NSEC3", '1 0 0 "" 2VPTU5TI', 'expected hex digits or "-" as salt, got ""'],
  ["CERT", "PKCS 1 8 AAAA", 'expected a number from 0 to 65535 or a mnemonic as certificate type, got "PKCS"'],
  ["NXT", "b TYPE128", "type 128 does not fit NXT, which has the types 1 to 127"],
  ["LOC", "91 N 0 E 0", 'expected a number from 0 to 90 as degrees of latitude, got "91"'],
  ["LOC", "90 0 1 N 0 E 0", "a latitude of more than 90 degrees"],
  ["LOC", "10 60 N 0 E 0", 'expected minutes of latitude, or "N" or "S", got "60"'],
  ["LOC", "10 0 60 N 0 E 0", 'expected seconds of latitude, or "N" or "S", got "60"'],
  ["LOC", "10 0 0 E 0 E 0", 'expected "N" or "S", got "E"'],
  ["LOC", "10 N 0 E x", 'expected metres as altitude, got "x"'],
  ["LOC", "10 N 0 E -100001", 'expected -100000.00m to 42849672.95m as altitude, got "-100001"'],
  ["LOC", "10 N 0 E 0 1m 1m 90000001m", 'expected 0.00m to 90000000.00m as vertical precision, got "90000001m"'],
  ["LOC", "10 N 0 E 0 1m 1m 1m 1m", 'unexpected "1m" after the RDATA'],
  ["APL", "3:192.0.2.0/24", 'expected an address prefix like 1:192.0.2.0/24, got "3:192.0.2.0/24"'],
  ["APL", "1:192.0.2.0", 'expected an address prefix like 1:192.0.2.0/24, got "1:192.0.2.0"'],
  ["APL", "1:192.0.2.0/33", 'expected an IPv4 prefix, got "1:192.0.2.0/33"'],
  ["APL", "2:192.0.2.0/24", 'expected an IPv6 prefix, got "2:192.0.2.0/24"'],
  ["IPSECKEY", "10 4 2 . AAAA", 'expected a number from 0 to 3 as gateway type, got "4"'],
  ["IPSECKEY", "10 1 2 . AAAA", 'expected an IPv4 address, got "."'],
  ["IPSECKEY", "10 0 2 x. AAAA", 'expected "." for type 0, got "x."'],
  ["AMTRELAY", "10 2 1 192.0.2.1", 'expected a number from 0 to 1 as discovery optional, got "2"'],
  ["AMTRELAY", "10 0 4 .", 'expected a number from 0 to 3 as relay type, got "4"'],
  ["HIP", "2 zz AAAA", 'expected hex digits as host identity tag, got "zz"'],
  ["HIP", '2 00 ""', "an empty public key"],
  [
    "WKS",
    "10.0.0.1 tcp nosuchservice",
    'expected a number from 0 to 65535 or a mnemonic as service, got "nosuchservice"',
  ],
  ["A6", "129 ::", 'expected a number from 0 to 128 as prefix length, got "129"'],
  ["A6", "64 ::1", "missing prefix name"],
  ["IPN", "18446744073709551616", 'expected a number of 64 bits as CBHE node number, got "18446744073709551616"'],
  ["DOA", '1 1 1 ""', "missing data"],
  ["SVCB", "1 foo nosuchkey=1", 'expected a service parameter key, got "nosuchkey=1"'],
  ["SVCB", "1 foo key65535=x", 'expected a service parameter key, got "key65535=x"'],
  ["SVCB", "1 foo key01=x", 'expected a service parameter key, got "key01=x"'],
  ["SVCB", "1 foo port=65536", 'expected a number from 0 to 65535 as port, got "port=65536"'],
  ["SVCB", "1 foo port", 'expected a number from 0 to 65535 as port, got "port"'],
  ["SVCB", "1 foo port=", 'expected a number from 0 to 65535 as port, got "port="'],
  ["SVCB", "1 foo port=1 port=2", "the key port stands twice"],
  ["SVCB", String.raw`1 foo key3="\001"`, "malformed value of key3 (port)"],
  ["SVCB", "1 foo alpn=", 'expected a list of protocol names of 1 to 255 octets as alpn, got "alpn="'],
  ["SVCB", "1 foo alpn=h2,,h3", 'expected a list of protocol names of 1 to 255 octets as alpn, got "alpn=h2,,h3"'],
  ["SVCB", "1 foo alpn=h2 no-default-alpn=x", 'expected no value as no-default-alpn, got "no-default-alpn=x"'],
  ["SVCB", "1 foo no-default-alpn", "no-default-alpn without alpn"],
  [
    "SVCB",
    "1 foo mandatory=mandatory",
    'expected a list of other keys, each once, without "mandatory" as mandatory, got "mandatory=mandatory"',
  ],
  [
    "SVCB",
    "1 foo mandatory=port,port port=1",
    'expected a list of other keys, each once, without "mandatory" as mandatory, got "mandatory=port,port"',
  ],
  ["SVCB", "1 foo mandatory=port", "the mandatory key port is missing"],
  ["SVCB", "1 foo ipv4hint=192.0.2.1,", 'expected a list of IPv4 addresses as ipv4hint, got "ipv4hint=192.0.2.1,"'],
  ["SVCB", "1 foo ipv6hint=192.0.2.1", 'expected a list of IPv6 addresses as ipv6hint, got "ipv6hint=192.0.2.1"'],
  ["SVCB", "1 foo ech=A", 'expected base64 as ech, got "ech=A"'],
  ["SVCB", "1 foo dohpath=/query", 'expected a URI template like "/dns-query{?dns}" as dohpath, got "dohpath=/query"'],
  ["SVCB", '1 foo "alpn=h2"', 'expected a key, with only its value in quotes, got "alpn=h2"'],
  ["SVCB", String.raw`1 foo \# 0`, 'expected a service parameter key, got "\\#"'],
  ["DSYNC", "CDS 256 1 x.", 'expected a number from 0 to 255 or a mnemonic as scheme, got "256"'],
  ["NULL", "x", "the RDATA of NULL has to be written as \\# length hex"],
];

describe("what is wrong with the RDATA is told", () => {
  test.each(cases)("%s %s", (type, text, message) => {
    expect(failure(type, text).message).toBe(message);
  });
});

describe("lengths", () => {
  test("a character-string over 255 octets", () => {
    expect(failure("TXT", "a".repeat(256)).message).toBe("a character-string of 256 octets, over 255");
  });

  test("RDATA over 65535 octets", () => {
    const message = "RDATA is longer than 65535 octets";
    expect(failure("TXT", `${"a".repeat(255)} `.repeat(256)).message).toBe(message);
    expect(failure("HIP", `2 00 AAAA ${`${"a".repeat(60)}. `.repeat(1100)}`).message).toBe(message);
    expect(failure("SVCB", `1 . key1000=${"a".repeat(65532)}`).message).toBe(message);
  });

  test("a salt over 255 octets, a hash over 255 octets", () => {
    expect(failure("NSEC3PARAM", `1 0 0 ${"00".repeat(256)}`).message).toBe("a salt of 256 octets, over 255");
    expect(failure("NSEC3", `1 0 0 - ${"0".repeat(416)}`).message).toBe("a hash of 260 octets, over 255");
  });

  test("a label over 63 octets", () => {
    expect(failure("NS", "a".repeat(64)).message).toBe("a label is 64 octets long, over 63");
  });
});

describe("where it is wrong is told", () => {
  test.each([
    ["MX", "10  ; comment", 13],
    ["MX", "10 a..b", 3],
    ["DS", "1 8 2 00 11", 6],
    ["DNSKEY", "257 3 13 AAAA AAA", 14],
    ["SVCB", "1 . alpn=h2 port=x", 12],
    ["A", "\\# 3 010203", 0],
  ])("%s %s at %i", (type, text, offset) => {
    expect(failure(type, text).offset).toBe(offset);
  });
});
