import { expect, test } from "vitest";
import { sameSockaddr, sockaddrOf } from "../../src/transport/sockaddr.ts";

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const same = (a: Uint8Array, b: Uint8Array) => sameSockaddr(Uint8Array.of(9, 9, ...a), 2, b);

test("sockaddr_in: family, port, address, nothing", () => {
  expect(hex(sockaddrOf({ address: "192.0.2.53", port: 5300 }))).toBe(
    "0200" + "14b4" + "c0000235" + "0000000000000000",
  );
});

test("sockaddr_in6: family, port, flow info, address, scope", () => {
  const octets = sockaddrOf({ address: "2001:db8::53", port: 53 }, 3);
  expect(hex(octets)).toBe("0a00" + "0035" + "00000000" + "20010db8000000000000000000000053" + "03000000");
});

test("the same socket address is one of the same family, address and port", () => {
  const v4 = sockaddrOf({ address: "192.0.2.53", port: 53 });
  const v6 = sockaddrOf({ address: "2001:db8::53", port: 53 });
  expect(same(v4, v4)).toBe(true);
  expect(same(v6, v6)).toBe(true);
  expect(same(sockaddrOf({ address: "192.0.2.53", port: 54 }), v4)).toBe(false);
  expect(same(sockaddrOf({ address: "192.0.2.54", port: 53 }), v4)).toBe(false);
  expect(same(sockaddrOf({ address: "2001:db8::54", port: 53 }), v6)).toBe(false);
  expect(same(v4, v6)).toBe(false);
  expect(same(v6, v4)).toBe(false);
});

test("flow info and scope do not make it another", () => {
  const plain = sockaddrOf({ address: "fe80::1", port: 53 });
  const flow = sockaddrOf({ address: "fe80::1", port: 53 }, 7);
  flow[5] = 1;
  expect(same(flow, plain)).toBe(true);
});
