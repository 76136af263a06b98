/** Owners of NSEC records: what they share with the question's name, and that only whole labels are shared. */

import { expect, test } from "vitest";
import { decode } from "../support/message.ts";
import { queryFromText } from "../support/query.ts";
import { DEFAULTS, makeServer, NOW, zoneFromText } from "../support/server.ts";

const client = { address: Uint8Array.of(192, 0, 2, 1), seconds: NOW, transport: "udp" as const };

/** Asks a zone for a name that it has not, and returns the reply's octets and its authority section's owners. */
function ask(apex: string, text: string, question: string) {
  const server = makeServer(new Map([[apex, zoneFromText(apex, text, "proof")]]), DEFAULTS);
  const bytes = server.ask(queryFromText(`${question} A +dnssec`).bytes, client);
  const reply = decode(bytes);
  return { bytes, owners: reply.sections[1].map(({ owner }) => Buffer.from(owner).toString("latin1")) };
}

const HEAD = "@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS ns.test.\n";

test("the labels that the question's name has too are pointed at", () => {
  const text = `${HEAD}@ 60 NSEC deep.sub A\ndeep.sub 60 A 192.0.2.1\ndeep.sub 60 NSEC @ A\n`;
  const { bytes, owners } = ask("example.", text, "x.SUB.example.");
  expect(owners).toContain("\x04deep\x03SUB\x07example\x00");
  const at = Buffer.from(bytes).indexOf("\x04deep", 0, "latin1");
  // Header, and "x".
  expect([bytes[at + 5], bytes[at + 6]]).toEqual([0xc0, 14]);
});

test("octets inside a label of the question that look like a label are not pointed at", () => {
  const text = `${HEAD}@ 60 NSEC abc A\nabc 60 A 192.0.2.1\nabc 60 NSEC @ A\n`;
  const { owners } = ask("example.", text, "x\\003abc.example.");
  expect(owners).toContain("\x03abc\x07example\x00");
});

test("in the root zone", () => {
  const text = `@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS abc.\n@ 60 NSEC abc. A\nabc. 60 A 192.0.2.1\nabc. 60 NSEC . A\n`;
  const { owners } = ask(".", text, "x.");
  expect(owners).toEqual(["\x00", "\x03abc\x00", "\x00"]);
});
