/** Zones and POPs as keys of NATS: reversible, and never taken for one another or for a wildcard. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { popKey, popOfKey, txnKey, txnOfKey, zoneKey, zoneOfKey } from "../../../src/sync/store/zonekey.ts";
import { nameToText } from "../../../src/text/name.ts";

/** What `nats kv` takes as a key. */
const KV_KEY = /^[-/_=.a-zA-Z0-9]+$/;

const label = fc
  .uint8Array({ minLength: 1, maxLength: 63 })
  .map((octets) => octets.map((o) => (o >= 65 && o <= 90 ? o + 32 : o)));
const name = fc
  .array(label, { maxLength: 8 })
  .map((labels) =>
    Buffer.concat([...labels.flatMap((l) => [Buffer.from([l.length]), Buffer.from(l)]), Buffer.alloc(1)]),
  )
  .filter((wire) => wire.length <= 255);

describe("zones", () => {
  test.each([
    ["example.com.", "example.com"],
    [".", "=root"],
    ["xn--bcher-kva.example.", "xn--bcher-kva.example"],
    ["_tcp.example.", "_tcp.example"],
    ["*.example.", "=2a.example"],
    ["a\\.b.example.", "a=2eb.example"],
    ["a\\032b.example.", "a=20b.example"],
    [">.example.", "=3e.example"],
    ["=txn.example.", "=3dtxn.example"],
    ["=root.", "=3droot"],
    ["\\000.example.", "=00.example"],
    ["2.0.192.in-addr.arpa.", "2.0.192.in-addr.arpa"],
    ["0/25.2.0.192.in-addr.arpa.", "0=2f25.2.0.192.in-addr.arpa"],
  ])("%s is %s", (zone, key) => {
    expect(zoneKey(zone)).toBe(key);
    expect(zoneOfKey(key)).toBe(zone);
  });

  test("any name has a key of its own that nats kv takes, and comes back from it", () => {
    fc.assert(
      fc.property(name, (wire) => {
        const zone = nameToText(wire);
        const key = zoneKey(zone);
        expect(zoneOfKey(key)).toBe(zone);
        expect(key).toMatch(KV_KEY);
        expect(key.split(".")).not.toContain("");
        expect(key.length).toBeLessThan(800);
        expect(txnOfKey(key)).toBeUndefined();
      }),
    );
  });

  test("a name is the same in either case (RFC 4343 §2)", () => {
    expect(zoneKey("Example.COM.")).toBe(zoneKey("example.com."));
  });

  test("the longest name there is has a key that a line of the protocol holds", () => {
    const label = "\\255".repeat(63);
    const zone = `${label}.${label}.${label}.${"\\255".repeat(61)}.`;
    expect(zoneOfKey(zoneKey(zone))).toBe(zone);
    expect(zoneKey(zone).length).toBe(250 * 3 + 3);
  });

  test.each([
    "",
    "=txn.1b2c",
    "a..b",
    ".a",
    "=2",
    "=zz",
    "=2A",
    "UPPER",
    "a b",
    "x".repeat(64),
    "a.=root",
    "=61",
    "=41.example",
    "a=2d",
  ])("%j is the key of no zone", (key) => expect(zoneOfKey(key)).toBeUndefined());

  test("what is no name is refused", () => {
    expect(() => zoneKey("a..b.")).toThrow(RangeError);
    expect(() => zoneKey(`${"x".repeat(64)}.`)).toThrow(/"x+\." is no name of a zone/);
  });
});

test("a swap's key says which swap", () => {
  expect(txnOfKey(txnKey("1b2c-3d"))).toBe("1b2c-3d");
});

test("any name of a POP is one token, and comes back", () => {
  expect(popKey("fra1")).toBe("fra1");
  expect(popKey("Frankfurt 1.a>*")).toBe("Frankfurt=201=2ea=3e=2a");
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 63, unit: "binary" }), (pop) => {
      expect(popOfKey(popKey(pop))).toBe(pop);
      expect(popKey(pop)).toMatch(/^[-_=a-zA-Z0-9]+$/);
    }),
  );
});
