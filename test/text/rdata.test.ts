import { describe, expect, test } from "vitest";
import { TextError } from "../../src/text/error.ts";
import { nameFromText } from "../../src/text/name.ts";
import { fieldsOf, rdataFits, rdataToText, readRdata } from "../../src/text/rdata.ts";
import { Scanner } from "../../src/text/scanner.ts";
import { WireBuffer } from "../../src/text/wirebuffer.ts";
import { isMetaType, RrType, typeFromText } from "../../src/wire/rrtype.ts";
import { ORIGIN, vectors } from "./rdatavectors.ts";

const origin = nameFromText(ORIGIN);
const out = new WireBuffer();

function read(type: string, text: string): string {
  readRdata(typeFromText(type), new Scanner(new TextEncoder().encode(text), origin), out);
  return Buffer.from(out.since(0)).toString("hex");
}

function failure(type: string, text: string): TextError {
  try {
    read(type, text);
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
  throw new Error(`${type} ${text} was read`);
}

describe("text to wire to text", () => {
  for (const [type, text, hex, printed = text] of vectors) {
    test(`${type} ${text}`, () => {
      expect(read(type, text)).toBe(hex);
      const rdata = Buffer.from(hex, "hex");
      expect(rdataToText(typeFromText(type), rdata)).toBe(printed);
      expect(read(type, printed)).toBe(hex);
      expect(read(type, `\\# ${rdata.length} ${hex}`)).toBe(hex);
    });
  }

  test("every type of the registry that a zone can hold has a vector", () => {
    const covered = new Set(vectors.map(([type]) => type));
    const missing = Object.entries(RrType).filter(([type, code]) => !isMetaType(code) && !covered.has(type));
    expect(missing.map(([type]) => type)).toEqual([]);
  });

  test("an empty APL", () => {
    expect(read("APL", "")).toBe("");
    expect(rdataToText(RrType.APL, new Uint8Array())).toBe("");
  });

  test("reads one entry and leaves the next", () => {
    const input = new Scanner(new TextEncoder().encode("( 10 ; comment\n mail )\n1"), origin);
    readRdata(RrType.MX, input, out);
    expect(rdataToText(RrType.MX, out.since(0))).toBe("10 mail.example.");
    expect(input.next()).toBe(false);
  });

  test("prints a part of a longer buffer", () => {
    expect(rdataToText(RrType.A, Uint8Array.of(9, 192, 0, 2, 1, 9), 1, 5)).toBe("192.0.2.1");
  });
});

describe("RDATA without the shape of its type", () => {
  test.each([
    [RrType.A, "010203"],
    [RrType.A, "0102030405"],
    [RrType.MX, "000a03616263"],
    [RrType.MX, "000ac00c"],
    [RrType.TXT, ""],
    [RrType.TXT, "0561"],
    [RrType.NSEC, "0000"],
    [RrType.NSEC, "00000140000140"],
    [RrType.NSEC, "00010140000140"],
    [RrType.NSEC, "00000121".padEnd(70, "1")],
    [RrType.NSEC, "0000024000"],
    [RrType.DS, "0001080200"],
    [RrType.CAA, "0000"],
    [RrType.LOC, "01161613".padEnd(32, "0")],
    [RrType.SVCB, "000100000300020035000100"],
    [RrType.SVCB, "00010000010000"],
    [RrType.HTTPS, "0001000003000100"],
  ])("type %i, %s", (type, hex) => {
    const rdata = Buffer.from(hex, "hex");
    expect(rdataFits(type, rdata, 0, rdata.length)).toBe(false);
    expect(rdataToText(type, rdata)).toBe(`\\# ${rdata.length}${hex === "" ? "" : ` ${hex.toUpperCase()}`}`);
  });
});

describe("unknown types", () => {
  test("take any RDATA", () => {
    expect(fieldsOf(65280)).toBeUndefined();
    expect(rdataFits(65280, Uint8Array.of(1, 2), 0, 2)).toBe(true);
    expect(rdataToText(65280, new Uint8Array())).toBe("\\# 0");
    expect(read("TYPE65280", "\\# 3 ab CDef")).toBe("abcdef");
  });

  test("have no other text", () => {
    expect(failure("TYPE65280", "hello").message).toBe("the RDATA of TYPE65280 has to be written as \\# length hex");
  });
});
