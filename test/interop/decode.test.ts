import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { buildQuery, nameToWire } from "./query.ts";

const header = "1234 8400 0001 0001 0000 0000";
const question = "03777777 076578616d706c65 00 0001 0001";

function message(...hex: string[]): Buffer {
  return Buffer.from(hex.join("").replaceAll(" ", ""), "hex");
}

describe("the tests' own decoder", () => {
  test("reads a response and evens out compression and case", () => {
    const answer = "c00c 000f 0001 0000003c 0009 000a 044d41494c c010";
    expect(decode(message(header, question, answer))).toMatchObject({
      id: 0x1234,
      flags: ["qr", "aa"],
      question: [{ name: "www.example.", type: 1, class: 1 }],
      answer: [{ owner: "www.example.", type: 15, ttl: 60, rdata: "000a mail.example." }],
    });
  });

  test("adds the upper bits of the response code from OPT", () => {
    const decoded = decode(message("0001 8000 0000 0000 0000 0001", "00 0029 04d0 01008000 0004 000a 0000"));
    expect(decoded).toMatchObject({
      rcode: 16,
      opt: { udpSize: 1232, dnssecOk: true, options: [{ code: 10, data: "" }] },
    });
  });

  test.each([
    ["bytes after the end", message(header, question, "c00c 0001 0001 00000000 0004 c0000201 00"), /after the last/],
    ["fewer records than counted", message(header, question), /past its end/],
    ["a pointer to itself", message(header, question, "c01d 0001 0001 00000000 0004 c0000201"), /backwards/],
    ["a pointer forwards", message(header, question, "c020 0001 0001 00000000 0004 c0000201"), /backwards/],
    ["a reserved label type", message(header, "8177 00 0001 0001"), /label type/],
    [
      "RDATA longer than its content",
      message(header, question, "c00c 0002 0001 00000000 0003 c00c 00"),
      /left in RDATA/,
    ],
    [
      "RDATA shorter than its content",
      message(header, question, "c00c 000f 0001 00000000 0003 000a c0 0c"),
      /past its end/,
    ],
    [
      "compression where it is not allowed",
      message(header, question, "c00c 0027 0001 00000000 0002 c00c"),
      /not allowed/,
    ],
  ])("refuses %s", (_, bytes, complaint) => {
    expect(() => decode(bytes)).toThrow(complaint);
  });
});

describe("the tests' own query builder", () => {
  test("reads escapes in names", () => {
    expect(nameToWire("a\\.b\\255.\\000x.").toString("hex")).toBe("04612e62ff02007800");
    expect(nameToWire(".").toString("hex")).toBe("00");
  });

  test("writes what the decoder reads", () => {
    const query = buildQuery(7, { name: "A.example.", type: "TXT", rd: true, edns: { dnssecOk: true, size: 4096 } });
    expect(decode(query)).toMatchObject({
      id: 7,
      flags: ["rd"],
      question: [{ name: "a.example.", type: 16 }],
      opt: { udpSize: 4096 },
    });
  });
});
