import { describe, expect, it } from "vitest";
import type { Client } from "../../src/answer/client.ts";
import { Count, Counters } from "../../src/answer/counters.ts";
import { guarded } from "../../src/server/guard.ts";

const client: Client = { stream: false, encrypted: false, address: () => new Uint8Array(4), seconds: () => 0 };

describe("a responder that throws", () => {
  const query = Uint8Array.of(0xab, 0xcd, 0xff);
  const counters = new Counters();
  const told: string[][] = [];
  const respond = guarded(
    (octets) => {
      if (octets[0] === 0xab) throw new Error("a fault");
      return 7;
    },
    counters,
    (stack, hex) => told.push([stack.split("\n")[0], hex]),
  );

  it("gives no reply to the query that met the fault, and tells of it with the query's own octets", () => {
    expect(respond(query, 2, new Uint8Array(12), client)).toBe(0);
    expect(told).toEqual([["Error: a fault", "abcd"]]);
  });

  it("answers the next query", () => {
    expect(respond(Uint8Array.of(1), 1, new Uint8Array(12), client)).toBe(7);
  });

  it("does not fill the log when the query comes again and again", () => {
    for (let i = 0; i < 1000; i++) respond(query, 2, new Uint8Array(12), client);
    expect(told).toHaveLength(10);
    expect(counters.cells[Count.FAULT]).toBe(1001);
  });
});
