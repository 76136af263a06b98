import { expect, test } from "vitest";
import { isForged } from "../../src/transport/source.ts";

const own = new Set(["192.0.2.53@53", "2001:db8::53@5300"]);
const ports = new Set([53, 5300]);
const forged = (address: string, port: number) => isForged(address, port, ports, own);

test("a client's port is answered", () => {
  expect(forged("198.51.100.1", 40000)).toBe(false);
  expect(forged("198.51.100.1", 1024)).toBe(false);
  expect(forged("198.51.100.1", 1023)).toBe(false);
});

test("another server's port 53 is answered: resolvers may ask from there", () => {
  expect(forged("198.51.100.1", 53)).toBe(false);
  expect(forged("198.51.100.1", 5300)).toBe(false);
});

test("port 0 can't be answered", () => {
  expect(forged("198.51.100.1", 0)).toBe(true);
});

// CERT CA-1996-01: two services that reply to anything, set on each other, never stop.
test.each([
  ["echo", 7],
  ["discard", 9],
  ["daytime", 13],
  ["qotd", 17],
  ["chargen", 19],
  ["time", 37],
])("%s gets no reply", (_service, port) => {
  expect(forged("198.51.100.1", port)).toBe(true);
});

test("a datagram that claims to come from ourselves gets no reply", () => {
  expect(forged("192.0.2.53", 53)).toBe(true);
  expect(forged("2001:db8::53", 5300)).toBe(true);
});

test("our own address with a client's port is answered: the machine asks itself", () => {
  expect(forged("192.0.2.53", 40000)).toBe(false);
  expect(forged("192.0.2.53", 5300)).toBe(false);
});
