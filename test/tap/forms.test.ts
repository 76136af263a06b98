/** What is made of a record: a line, messages of dnstap, and the frames around them. */

import { PbfReader } from "pbf";
import { describe, expect, test } from "vitest";
import { dnstapMessages } from "../../src/tap/dnstap.ts";
import { Control, controlFrame, dataFrame, readControl } from "../../src/tap/framestream.ts";
import { queryLine } from "../../src/tap/querylog.ts";
import type { TapRecord } from "../../src/tap/ringreader.ts";
import { queryFromText } from "../support/query.ts";
import { DEFAULTS, makeServer, NOW, zoneFromText } from "../support/server.ts";
import { LISTEN } from "./records.ts";

const zone = zoneFromText("example.", "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n", "z");
const server = makeServer(new Map([["example.", zone]]), DEFAULTS);

function record(question: string, rest: Partial<TapRecord> = {}): TapRecord {
  const { bytes } = queryFromText(question);
  const address = Uint8Array.of(192, 0, 2, 9);
  const reply = server.ask(bytes, { transport: "udp", address, seconds: NOW });
  const time = { time: 1_800_000_000_123.25, microseconds: 250.04 };
  return {
    outputs: 1,
    stream: false,
    encrypted: false,
    address,
    port: 4053,
    asked: 0,
    ...time,
    query: bytes,
    reply,
    ...rest,
  };
}

describe("the query log", () => {
  const line = queryLine("lhr1", LISTEN);
  const read = (one: TapRecord) => JSON.parse(line(one)) as Record<string, unknown>;

  test("a line is one object, and ends", () => {
    const one = record("ns.example. A +edns +dnssec +rd");
    expect(line(one)).toMatch(/^\{.*\}\n$/);
    expect(read(one)).toEqual({
      ...{ time: "2027-01-15T08:00:00.123Z", pop: "lhr1", client: "192.0.2.9", port: 4053, server: "127.0.0.1@5300" },
      ...{ transport: "udp", id: 0x1234, qname: "ns.example.", qtype: "A", edns: 1232, do: true, rcode: "NOERROR" },
      ...{ flags: ["aa", "rd"], answers: 1, query: one.query.length, reply: one.reply.length, us: 250 },
    });
  });

  test.each([
    ["no.example. MX", { qname: "no.example.", qtype: "MX", rcode: "NXDOMAIN", answers: 0 }],
    ["ns.example. TYPE65280 CH", { qtype: "TYPE65280", qclass: "CH", rcode: "REFUSED" }],
    ["ns.example. A +edns=1", { rcode: "BADVERS", edns: 1232 }],
    ["ns.example. A +opcode=NOTIFY", { opcode: "NOTIFY", rcode: "NOTIMP" }],
    ["ns.example. A +opcode=9", { opcode: "OPCODE9", rcode: "NOTIMP" }],
  ])("%s", (question, expected) => {
    expect(read(record(question))).toMatchObject(expected);
  });

  test.each(["ns.example. A +questions=2", "ns.example. A +cut=20", "ns.example. A +questions=0"])(
    "%s: a question that can't be read is left out",
    (question) => {
      const one = read(record(question));
      expect(one).toMatchObject({ rcode: "FORMERR", client: "192.0.2.9" });
      expect(one).not.toHaveProperty("qname");
    },
  );

  test("a name can't end the line, nor begin another field", () => {
    const one = record('a\\010b\\"\\,\\255.example. A');
    expect(line(one).trimEnd()).not.toMatch(/[\n\r\x80-\xff]/);
    expect(read(one).qname).toBe('a\\010b\\",\\255.example.');
  });

  test("where and how it came", () => {
    const address = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    expect(read(record("ns.example. A", { address, stream: true, asked: 1 }))).toMatchObject({
      client: "2001:db8::1",
      transport: "tcp",
      server: "::1@5300",
    });
    expect(read(record("ns.example. A", { stream: true, encrypted: true, asked: 9 }))).toMatchObject({
      transport: "tls",
    });
  });
});

describe("dnstap", () => {
  const messages = dnstapMessages({ pop: "lhr1", version: "1.2.3", listen: LISTEN });

  /** Fields by number, as dnstap.proto has them: what is no number is octets. */
  function fieldsOf(octets: Uint8Array): Record<number, number | Uint8Array> {
    return new PbfReader(octets).readFields<Record<number, number | Uint8Array>>((tag, fields, pbf) => {
      if (pbf.type === 2) fields[tag] = Uint8Array.from(pbf.readBytes());
      else fields[tag] = pbf.type === 5 ? pbf.readFixed32() : pbf.readVarint();
    }, {});
  }

  test("an exchange is a query and a response, each with what dnstap.proto asks for", () => {
    const one = record("ns.example. A");
    const [query, response] = messages(one).map((octets) => fieldsOf(octets));
    for (const whole of [query, response]) {
      expect(whole).toMatchObject({ 1: Uint8Array.from(Buffer.from("lhr1")), 15: 1 });
      expect(Buffer.from(whole[2] as Uint8Array).toString()).toBe("zonecast 1.2.3");
    }
    const common = {
      ...{ 2: 1, 3: 1, 4: Uint8Array.of(192, 0, 2, 9), 5: Uint8Array.of(127, 0, 0, 1), 6: 4053, 7: 5300 },
      ...{ 8: 1_800_000_000, 9: expect.closeTo(122_999_960, -3) },
    };
    expect(fieldsOf(query[14] as Uint8Array)).toEqual({ ...common, 1: 1, 10: one.query });
    const answered = { 12: 1_800_000_000, 13: expect.closeTo(123_250_000, -3), 14: one.reply };
    expect(fieldsOf(response[14] as Uint8Array)).toEqual({ ...common, 1: 2, ...answered });
  });

  test("IPv6, TCP and TLS have their numbers; an address that is not known is left out", () => {
    const address = new Uint8Array(16).fill(7);
    const [query] = messages(record("ns.example. A", { address, stream: true, asked: 0xffff }));
    const message = fieldsOf(fieldsOf(query)[14] as Uint8Array);
    expect(message).toMatchObject({ 2: 2, 3: 2, 4: address });
    expect(Object.keys(message)).not.toContain("5");
    const [tls] = messages(record("ns.example. A", { stream: true, encrypted: true }));
    expect(fieldsOf(fieldsOf(tls)[14] as Uint8Array)[3]).toBe(3);
  });
});

describe("frames", () => {
  test("a data frame is its length and its octets", () => {
    expect([...dataFrame(Uint8Array.of(7, 8, 9))]).toEqual([0, 0, 0, 3, 7, 8, 9]);
  });

  test("a control frame is read as it was written, and not before it is whole", () => {
    const frame = controlFrame(Control.ACCEPT, "protobuf:dnstap.Dnstap");
    for (let length = 0; length < frame.length; length++)
      expect(readControl(frame.subarray(0, length))).toBeUndefined();
    const read = { control: Control.ACCEPT, contentTypes: ["protobuf:dnstap.Dnstap"], length: frame.length };
    expect(readControl(Buffer.concat([frame, Buffer.from("rest")]))).toEqual(read);
    expect(readControl(controlFrame(Control.FINISH))).toEqual({
      control: Control.FINISH,
      contentTypes: [],
      length: 12,
    });
  });

  test.each([
    ["data where control is awaited", [0, 0, 0, 5, 0, 0, 0, 4]],
    ["a frame that is too long", [0, 0, 0, 0, 0, 1, 0, 0]],
    ["a frame that is too short", [0, 0, 0, 0, 0, 0, 0, 3]],
  ])("%s is no Frame Streams", (_, octets) => {
    expect(() => readControl(Buffer.from(octets))).toThrow("does not speak Frame Streams");
  });
});
