import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextError } from "../../src/text/error.ts";
import { nameFromText } from "../../src/text/name.ts";
import { fieldsOf, rdataFits, rdataToText, readRdata } from "../../src/text/rdata.ts";
import { Scanner } from "../../src/text/scanner.ts";
import { WireBuffer } from "../../src/text/wirebuffer.ts";
import { RrType, typeToText } from "../../src/wire/rrtype.ts";
import { wireOf } from "./rdataarbitraries.ts";
import { vectors } from "./rdatavectors.ts";

const RUNS = 60;
const origin = nameFromText("example.");
const out = new WireBuffer();
const known = Object.values(RrType).filter((type) => fieldsOf(type) !== undefined);

function read(type: number, text: string): Uint8Array {
  readRdata(type, new Scanner(Buffer.from(text, "latin1"), origin), out);
  return out.since(0).slice();
}

describe("reading what was printed gives the same RDATA", () => {
  test("every known type has a generator", () => {
    expect(known.filter((type) => !wireOf.has(type)).map(typeToText)).toEqual([]);
  });

  for (const [type, wire] of wireOf) {
    test(typeToText(type), () => {
      const property = fc.property(wire, (rdata) => {
        const text = rdataToText(type, rdata);
        if (type !== RrType.NULL) expect(text).not.toMatch(/^\\#/);
        expect(read(type, text)).toEqual(rdata);
      });
      fc.assert(property, { numRuns: RUNS });
    });
  }

  test("any octets: they fit and are read back, or are printed as \\# and refused", () => {
    const property = fc.property(fc.constantFrom(...known), fc.uint8Array({ maxLength: 40 }), (type, rdata) => {
      const text = rdataToText(type, rdata);
      if (rdataFits(type, rdata, 0, rdata.length)) expect(read(type, text)).toEqual(rdata);
      else expect(() => read(type, text)).toThrow(TextError);
    });
    fc.assert(property, { numRuns: 5000 });
  });
});

/** Texts of the vectors with a few characters changed, cut out or put in. */
const damaged = fc
  .tuple(
    fc.constantFrom(...vectors),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...'0 9.\\"-,=:!/@()aZ;')), { maxLength: 4 }),
  )
  .map(([[type, text], changes]) => {
    const chars = [...text];
    for (const [at, cut, put] of changes) chars.splice(at % (chars.length + 1), cut, put);
    return { type: RrType[type as keyof typeof RrType] ?? 65280, text: chars.join("") };
  });

test("text that is damaged is read or refused with a TextError inside the text, and what is read fits", () => {
  const property = fc.property(damaged, ({ type, text }) => {
    try {
      const rdata = read(type, text);
      expect(rdataFits(type, rdata, 0, rdata.length)).toBe(true);
      expect(read(type, rdataToText(type, rdata))).toEqual(rdata);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      expect(error.offset).toBeGreaterThanOrEqual(0);
      expect(error.offset).toBeLessThanOrEqual(text.length);
    }
  });
  fc.assert(property, { numRuns: 5000 });
});
