/** Which exchanges are copied, and what of them; and that answers are the same as without. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rcodeOf, type TapChoice } from "../../src/answer/tapchoice.ts";
import { sampled, type TapOutput, tapped } from "../../src/answer/tapped.ts";
import { ringMemory, TapRing } from "../../src/answer/tapring.ts";
import { RingReader, type TapRecord } from "../../src/tap/ringreader.ts";
import { nameFromText } from "../../src/text/name.ts";
import { prefixFromText } from "../../src/text/prefix.ts";
import { Rcode } from "../../src/wire/header.ts";
import { queryFromText } from "../support/query.ts";
import { DEFAULTS, makeServer, NOW, zoneFromText } from "../support/server.ts";
import { clientAt, kept, LISTEN } from "../tap/records.ts";

const ALL: TapChoice = { sample: 1, zones: [], clients: [], rcodes: [] };
const zone = zoneFromText("example.", "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nsub A 192.0.2.2\n", "z");
const server = makeServer(new Map([["example.", zone]]), DEFAULTS);
const asker = { transport: "udp", address: Uint8Array.of(192, 0, 2, 9), seconds: NOW } as const;

/** Answers as the server does. */
const respond = (query: Uint8Array, length: number, reply: Uint8Array) => {
  const answer = server.ask(query.slice(0, length), asker);
  reply.set(answer);
  return answer.length;
};

function tap(outputs: readonly TapOutput[], octets = 1 << 16) {
  const memory = ringMemory(octets);
  let now = 1_000_000;
  const clock = () => {
    now += 0.25;
    return now;
  };
  const reply = new Uint8Array(65_535);
  const copying = tapped(respond, new TapRing(memory), outputs, LISTEN, clock);
  const reader = new RingReader(memory);
  return {
    reader,
    ask: (question: string, client = clientAt([192, 0, 2, 9])) => {
      const { bytes } = queryFromText(question);
      return reply.slice(0, copying(bytes, bytes.length, reply, client));
    },
    records: () => {
      const records: TapRecord[] = [];
      reader.drain(1e6, (record) => records.push(kept(record)));
      return records;
    },
  };
}

const only = (choice: Partial<TapChoice>) => [{ output: 1, choice: { ...ALL, ...choice } }];
const wire = (name: string) => nameFromText(name);
const prefixes = (...texts: string[]) => texts.map((text) => prefixFromText(text)!);

test("a copy has the query and the reply as they were, whose, when, and how long it took", () => {
  const { ask, records } = tap(only({}));
  const reply = ask("sub.example. A", clientAt([192, 0, 2, 77], 5353, LISTEN[1]));
  const { bytes } = queryFromText("sub.example. A");
  const common = { outputs: 1, stream: false, encrypted: false, port: 5353, asked: 1 };
  const expected = { ...common, address: Uint8Array.of(192, 0, 2, 77), query: bytes, reply };
  expect(records()).toEqual([{ ...expected, time: 1_000_000.5, microseconds: 250 }]);
});

test("a client of IPv6, over a stream, who asked nobody knows what", () => {
  const { ask, records } = tap(only({}));
  const address = [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 9];
  const { asked: _, port: __, ...unknown } = clientAt(address);
  ask("sub.example. A", { ...unknown, stream: true });
  expect(records()).toMatchObject([{ address: Uint8Array.from(address), stream: true, port: 0, asked: 0xffff }]);
});

test("what gets no reply is not copied", () => {
  const { ask, records } = tap(only({}));
  expect(ask("sub.example. A +qr")).toHaveLength(0);
  expect(records()).toEqual([]);
});

test("one in N is exactly that, whatever N", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 200 }), (sample, count) => {
      const { ask, records } = tap(only({ sample }), 1 << 17);
      for (let i = 0; i < count; i++) ask("sub.example. A");
      expect(records()).toHaveLength(Math.floor(count / sample));
    }),
    { numRuns: 60 },
  );
});

test("the sample is one in N of what matches, and each output has its own", () => {
  const outputs = [
    { output: 1, choice: { ...ALL, sample: 3, rcodes: [Rcode.NXDOMAIN] } },
    { output: 2, choice: { ...ALL, sample: 4 } },
  ];
  const { ask, records } = tap(outputs);
  for (let i = 0; i < 24; i++) ask(i % 2 === 0 ? "no.example. A" : "sub.example. A");
  const taken = records().map((record) => record.outputs);
  expect(taken.filter((bits) => (bits & 1) !== 0)).toHaveLength(12 / 3);
  expect(taken.filter((bits) => (bits & 2) !== 0)).toHaveLength(24 / 4);
});

describe("zones", () => {
  const { ask, records } = tap(only({ zones: [wire("sub.example."), wire("other.")] }));
  test.each([
    ["sub.example. A", true],
    ["SUB.eXample. A", true],
    ["a.b.sub.example. A", true],
    ["other. SOA", true],
    ["example. A", false],
    ["xsub.example. A", false],
    ["sub.example.com. A", false],
    ["ther. A", false],
    [". NS", false],
    ["sub.example. A +questions=2", false],
    ["sub.example. A +questions=0 +cookie", false],
  ])("%s: %s", (question, matches) => {
    ask(question);
    expect(records()).toHaveLength(matches ? 1 : 0);
  });

  test("the root is above all", () => {
    const all = tap(only({ zones: [wire(".")] }));
    all.ask(". NS");
    all.ask("sub.example. A");
    expect(all.records()).toHaveLength(2);
  });
});

describe("clients", () => {
  const { ask, records } = tap(only({ clients: prefixes("192.0.2.0/25", "10.0.0.0/8", "2001:db8::/33") }));
  const v6 = (third: number) => [0x20, 1, 0xd, 0xb8, third, ...new Array<number>(11).fill(1)];
  test.each([
    [[192, 0, 2, 127], true],
    [[192, 0, 2, 128], false],
    [[10, 255, 0, 1], true],
    [[11, 0, 0, 1], false],
    [v6(0x7f), true],
    [v6(0x80), false],
  ])("%s: %s", (address, matches) => {
    ask("sub.example. A", clientAt(address));
    expect(records()).toHaveLength(matches ? 1 : 0);
  });

  test("a prefix of no length has all of its family, and none of the other", () => {
    const all = tap(only({ clients: prefixes("::/0") }));
    all.ask("sub.example. A", clientAt(v6(0)));
    all.ask("sub.example. A", clientAt([192, 0, 2, 1]));
    expect(all.records()).toHaveLength(1);
  });
});

describe("response codes", () => {
  test.each([
    ["sub.example. A", Rcode.NOERROR],
    ["sub.example. A +edns", Rcode.NOERROR],
    ["sub.example. AAAA +edns", Rcode.NOERROR],
    ["no.example. A +edns", Rcode.NXDOMAIN],
    ["elsewhere. A +edns", Rcode.REFUSED],
    ["sub.example. A +edns=1", Rcode.BADVERS],
    ["sub.example. A +edns +opts=2", Rcode.FORMERR],
    ["sub.example. A +opcode=NOTIFY", Rcode.NOTIMP],
  ])("%s: %s", (question, rcode) => {
    const reply = server.ask(queryFromText(question).bytes, asker);
    expect(rcodeOf(reply, reply.length)).toBe(rcode);
    for (const other of Object.values(Rcode)) {
      const { ask, records } = tap(only({ rcodes: [other] }));
      ask(question);
      expect(records()).toHaveLength(other === rcode ? 1 : 0);
    }
  });
});

test("any octets at all are answered as without a tap, and no filter throws", () => {
  const choice = { sample: 1, zones: [wire("example.")], clients: prefixes("192.0.2.0/24"), rcodes: [0, 1, 16] };
  const outputs = [{ output: 1, choice }, ...only({ sample: 2 })];
  const memory = ringMemory(1 << 12);
  const copying = tapped(respond, new TapRing(memory), outputs, LISTEN, () => 0);
  const [with_, without] = [new Uint8Array(65_535), new Uint8Array(65_535)];
  const mangled = fc.tuple(
    fc.constantFrom("sub.example. A +edns", "no.example. MX", "example. SOA +edns=1"),
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 }),
    fc.nat(60),
  );
  fc.assert(
    fc.property(mangled, ([question, changes, length]) => {
      const bytes = queryFromText(question).bytes.slice();
      for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
      const octets = Math.min(length, bytes.length);
      const client = clientAt([192, 0, 2, 9]);
      const expected = respond(bytes, octets, without);
      expect(copying(bytes, octets, with_, client)).toBe(expected);
      expect(with_.subarray(0, expected)).toEqual(without.subarray(0, expected));
    }),
    { numRuns: 2000 },
  );
});

test("of samples for the catchment, there is the client and nothing else", () => {
  const memory = ringMemory(1 << 12);
  const sampling = sampled(respond, new TapRing(memory), 5, LISTEN);
  const { bytes } = queryFromText("sub.example. A");
  const reply = new Uint8Array(65_535);
  for (let i = 0; i < 23; i++) sampling(bytes, bytes.length, reply, clientAt([10, 0, 0, i]));
  const records: TapRecord[] = [];
  new RingReader(memory).drain(100, (record) => records.push(kept(record)));
  expect(records.map(({ address }) => address[3])).toEqual([4, 9, 14, 19]);
  expect(records[0]).toMatchObject({ query: new Uint8Array(0), reply: new Uint8Array(0), asked: 0 });
});
