/** Replies as another library writes and reads them. */

import { decode, encode, type Packet } from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readReply } from "../../../src/anycast/probe/reply.ts";
import { RrType } from "../../../src/wire/rrtype.ts";

const SOA = { mname: "ns.company.example", rname: "host.company.example", serial: 4_000_000_007 };

function packet(more: Partial<Packet>): Buffer {
  const question = { type: "A", name: "www.company.example" } as const;
  return encode({ type: "response", id: 1, flags: 0x400, questions: [question], ...more } as Packet);
}

test("serial, text, types and flags, through compressed names", () => {
  const octets = packet({
    flags: 0x603,
    answers: [
      { type: "CNAME", name: "www.company.example", data: "web.company.example" },
      { type: "TXT", name: "web.company.example", data: ["one ", "two"] },
      { type: "SOA", name: "company.example", data: { ...SOA, refresh: 1, retry: 1, expire: 1, minimum: 1 } },
    ],
    authorities: [{ type: "NS", name: "company.example", data: "ns.company.example" }],
  });
  const reply = readReply(octets);
  expect(reply).toMatchObject({ rcode: "NXDOMAIN", authoritative: true, truncated: true, nsid: undefined });
  expect(reply).toMatchObject({ txt: "one two", serial: SOA.serial });
  expect([RrType.CNAME, RrType.NS, RrType.A].map((type) => reply?.has(type))).toEqual([true, false, false]);
});

test("the name server identifier, after another option", () => {
  const options = [
    { code: 10, data: Buffer.alloc(8) },
    { code: 3, data: Buffer.from("lhr1") },
  ];
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options };
  expect(readReply(packet({ additionals: [opt] as Packet["additionals"] }))?.nsid).toBe("lhr1");
});

test("a response code without a name", () => {
  expect(readReply(packet({ flags: 0x40b }))?.rcode).toBe("RCODE_11");
});

test("whatever is cut off is no message, and nothing throws", () => {
  const octets = packet({ answers: [{ type: "TXT", name: "www.company.example", data: "text" }] });
  for (let length = 0; length < octets.length; length++) expect(readReply(octets.subarray(0, length))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => void readReply(noise)));
  // What another library reads, this one does.
  fc.assert(
    fc.property(fc.nat({ max: octets.length - 1 }), fc.nat({ max: 255 }), (at, octet) => {
      const changed = Buffer.from(octets);
      changed[at] = octet;
      const reply = readReply(changed);
      let other: Packet | undefined;
      try {
        other = decode(changed);
      } catch {}
      if (reply === undefined || other === undefined || changed[2] !== octets[2]) return;
      expect(reply.has(RrType.TXT)).toBe(other.answers?.some(({ type }) => type === "TXT"));
    }),
  );
});
