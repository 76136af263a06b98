/** Answers that stand ready in an image are, octet for octet, those that are put together for the question. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Word, Zone } from "../../src/zone/image.ts";
import { queryFromText } from "../support/query.ts";
import { DEFAULTS, makeServer, NOW, type Server, zoneFromFile, zoneFromText } from "../support/server.ts";

const NUM_RUNS = 400;

/** A copy of a zone without any ready answer. */
function withoutReady(zone: Zone): Zone {
  const buffer = zone.buffer.slice(0);
  const copy = new Zone(buffer);
  for (let node = copy.top; node < copy.words[Word.NODES_END]; ) {
    let rrset = copy.firstRrset(node);
    for (let left = copy.rrsetCount(node); left > 0; left--) {
      if (copy.linked(rrset)) copy.words[copy.links(rrset) >>> 2] = 0;
      rrset = copy.nextRrset(rrset);
    }
    node = rrset;
  }
  return copy;
}

function readyAnswers(zone: Zone): number {
  let ready = 0;
  for (let node = zone.top; node < zone.words[Word.NODES_END]; ) {
    let rrset = zone.firstRrset(node);
    for (let left = zone.rrsetCount(node); left > 0; left--) {
      if (zone.linked(rrset) && (zone.words[zone.links(rrset) >>> 2] & 0xffff) > 0) ready++;
      rrset = zone.nextRrset(rrset);
    }
    node = rrset;
  }
  return ready;
}

function serversFor(zones: ReadonlyMap<string, Zone>, payload: number): [Server, Server] {
  const options = { ...DEFAULTS, payload };
  const composing = new Map([...zones].map(([apex, zone]) => [apex, withoutReady(zone)]));
  return [makeServer(zones, options), makeServer(composing, options)];
}

const client = { address: Uint8Array.of(192, 0, 2, 1), seconds: NOW };

function sameAnswer([ready, composing]: readonly [Server, Server], question: string): void {
  const { bytes, transport } = queryFromText(question);
  const asker = { ...client, transport };
  expect(Buffer.from(ready.ask(bytes, asker)).toString("hex"), question).toBe(
    Buffer.from(composing.ask(bytes, asker)).toString("hex"),
  );
}

/** Few labels, so that names of RDATA meet owners and questions: the SOA's and NS's among them. */
const label = fc.constantFrom("a", "b", "A", "ns", "hostmaster", "*", "x");
const below = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, "example."].join("."));
const target = fc.oneof(
  { weight: 4, arbitrary: below },
  {
    weight: 1,
    arbitrary: fc.constantFrom(".", "example.", "ns.example.net.", "a.ns.example.net.", "example.example."),
  },
);
const rdata = fc.oneof(
  { weight: 3, arbitrary: fc.nat(255).map((n) => `A 192.0.2.${n}`) },
  { weight: 1, arbitrary: fc.nat(255).map((n) => `AAAA 2001:db8::${n}`) },
  { weight: 3, arbitrary: target.map((name) => `NS ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `MX 10 ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `SRV 1 2 3 ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `PTR ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `CNAME ${name}`) },
  { weight: 1, arbitrary: fc.tuple(target, target).map(([one, two]) => `MINFO ${one} ${two}`) },
);
const zoneText = fc
  .tuple(target, target, fc.array(fc.tuple(below, rdata), { maxLength: 20 }))
  .map(([mname, rname, records]) => {
    const head = `example. 3600 IN SOA ${mname} ${rname} 1 2 3 4 300\nexample. 60 IN NS ns.example.net.\n`;
    return head + records.map(([owner, data]) => `${owner} 60 IN ${data}\n`).join("");
  });

const TYPES = ["A", "AAAA", "NS", "MX", "SRV", "PTR", "CNAME", "MINFO", "SOA", "DS", "ANY"];
const words = fc.constantFrom("", "+bufsize=512", "+bufsize=4096", "+dnssec", "+tcp");
const question = fc
  .tuple(fc.array(label, { maxLength: 2 }), below, fc.constantFrom(...TYPES), words)
  .map(([labels, name, type, word]) => `${[...labels, name].join(".")} ${type} ${word}`);

test("random zones, asked with other case and for names below and beside, with room and without", () => {
  const property = fc.property(
    zoneText,
    fc.array(question, { minLength: 20, maxLength: 40 }),
    fc.constantFrom(512, 1232),
    (text, questions, payload) => {
      let zone: Zone;
      try {
        zone = zoneFromText("example.", text, "random");
      } catch {
        fc.pre(false);
        return;
      }
      const servers = serversFor(new Map([["example.", zone]]), payload);
      for (const one of questions) sameAnswer(servers, one);
    },
  );
  fc.assert(property, { numRuns: NUM_RUNS });
});

test("the zones of zones/, with and without DO, from where all fits to where little does", () => {
  const files = ["company", "wildcard", "parent", "child.parent", "nsec", "nsec3"];
  const zones = new Map(
    files.map((name) => zoneFromFile(`zones/${name}.example.zone`)).map((one) => [one.apex, one.zone]),
  );
  expect([...zones.values()].map(readyAnswers).every((count) => count > 0)).toBe(true);
  const names = [
    "",
    "www.",
    "ns1.",
    "x.ns1.",
    "hostmaster.",
    "mail.",
    "x.labs.",
    "labs.",
    "secure.",
    "x.insecure.",
    "ent.",
  ];
  for (const payload of [512, 1232, 4096]) {
    const servers = serversFor(zones, payload);
    for (const apex of zones.keys()) {
      for (const name of names) {
        for (const type of TYPES) {
          for (const word of ["", "+bufsize=4096", "+dnssec"]) sameAnswer(servers, `${name}${apex} ${type} ${word}`);
        }
      }
    }
  }
});

test("a referral whose name server is the very name asked for points at the question", () => {
  const text = "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\nsub 60 NS ns.sub\nns.sub 60 A 192.0.2.1\n";
  const zone = zoneFromText("example.", text, "referral");
  const [server] = serversFor(new Map([["example.", zone]]), 1232);
  const { bytes } = queryFromText("NS.sub.example. A");
  const reply = server.ask(bytes, { ...client, transport: "udp" });
  // The last record: its owner, and the name in the NS RDATA before it, are pointers to octet 12.
  expect([...reply.slice(-18, -14)]).toEqual([0xc0, 12, 0xc0, 12]);
});
