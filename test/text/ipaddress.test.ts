import { expect, test } from "vitest";
import { addressOctets, unmapped } from "../../src/text/ipaddress.ts";
import { clientPrefix } from "../../src/transport/connections.ts";

const hex = (text: string) => Buffer.from(addressOctets(text)).toString("hex");

test("addresses as octets", () => {
  expect(hex("192.0.2.1")).toBe("c0000201");
  expect(hex("::")).toBe("0".repeat(32));
  expect(hex("::1")).toBe(`${"0".repeat(31)}1`);
  expect(hex("2001:db8::53")).toBe("20010db8000000000000000000000053");
  expect(hex("2001:db8:1:2:3:4:5:6")).toBe("20010db8000100020003000400050006");
  expect(hex("2001:db8::")).toBe("20010db8000000000000000000000000");
  expect(hex("::ffff:192.0.2.1")).toBe("00000000000000000000ffffc0000201");
  expect(hex("fe80::1%eth0")).toBe("fe800000000000000000000000000001");
});

test("text that is no address throws", () => {
  for (const text of ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "example"]) {
    expect(() => addressOctets(text), text).toThrow(RangeError);
  }
});

test("IPv4-mapped addresses are the IPv4 ones", () => {
  expect(unmapped("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(unmapped("192.0.2.1")).toBe("192.0.2.1");
  expect(unmapped("2001:db8::1")).toBe("2001:db8::1");
});

test("one client is an IPv4 address, or an IPv6 /56", () => {
  expect(clientPrefix("192.0.2.1")).not.toBe(clientPrefix("192.0.2.2"));
  expect(clientPrefix("2001:db8:0:1234::1")).toBe(clientPrefix("2001:db8:0:12ff:8:9::1"));
  expect(clientPrefix("2001:db8:0:1234::1")).not.toBe(clientPrefix("2001:db8:0:1334::1"));
  expect(clientPrefix("")).toBe("");
});
