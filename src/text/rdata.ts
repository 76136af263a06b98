/** RDATA in presentation form and in wire form, type by type; the fields of each type are in fields/table.ts. */

import { typeToText } from "../wire/rrtype.ts";
import { TextError } from "./error.ts";
import type { Field } from "./field.ts";
import { shown } from "./fields/expected.ts";
import { hexText, readHexRest } from "./fields/hex.ts";
import { needNumber } from "./fields/number.ts";
import { fieldsByType } from "./fields/table.ts";
import type { Scanner } from "./scanner.ts";
import { MAX_RDATA, type WireBuffer } from "./wirebuffer.ts";

const BACKSLASH = 92;
const HASH = 35;

/** The fields of a type's RDATA, in wire order; undefined for a type that is only written as \# (RFC 3597 §5). */
export function fieldsOf(type: number): readonly Field[] | undefined {
  return fieldsByType.get(type);
}

/**
 * Reads the RDATA of a record of this type from the rest of the entry into `out`, whose earlier content goes away.
 * Every type may be written as \# length hex (RFC 3597 §5); a known type then still has to have its shape.
 * Throws TextError where the text is wrong, and for tokens left over.
 */
export function readRdata(type: number, input: Scanner, out: WireBuffer): void {
  out.length = 0;
  try {
    if (input.next()) {
      if (isGeneric(input)) {
        readGeneric(type, input, out);
        return;
      }
      input.unread();
    }
    const fields = fieldsByType.get(type);
    if (fields === undefined) input.fail(`the RDATA of ${typeToText(type)} has to be written as \\# length hex`);
    for (let i = 0; i < fields.length; i++) fields[i].read(input, out);
  } catch (error) {
    // RDATA that outgrows its buffer.
    if (error instanceof RangeError) input.fail(error.message);
    throw error;
  }
  if (input.next()) input.fail(`unexpected "${shown(input)}" after the RDATA`);
}

function isGeneric(input: Scanner): boolean {
  const { bytes, start } = input;
  return input.end - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === HASH && !input.quoted;
}

function readGeneric(type: number, input: Scanner, out: WireBuffer): void {
  const { start } = input;
  const length = needNumber(input, MAX_RDATA, "RDATA length");
  const got = readHexRest(input, out, "RDATA");
  if (got !== length) throw new TextError(start, `\\# says ${length} octets of RDATA, the hex has ${got}`);
  if (!rdataFits(type, out.bytes, 0, length)) {
    throw new TextError(start, `malformed RDATA: these ${length} octets are no RDATA of type ${typeToText(type)}`);
  }
}

/**
 * The RDATA in rdata[at, end) in presentation form, tokens joined by a blank; as \# length hex for an unknown type, and
 * for RDATA without the type's shape (RFC 3597 §5).
 */
export function rdataToText(type: number, rdata: Uint8Array, at = 0, end: number = rdata.length): string {
  const tokens: string[] = [];
  if (printFields(type, rdata, at, end, tokens)) return tokens.join(" ");
  return at === end ? "\\# 0" : `\\# ${end - at} ${hexText(rdata, at, end)}`;
}

/** True when rdata[at, end) has the shape of the type; a type without fields takes any RDATA. */
export function rdataFits(type: number, rdata: Uint8Array, at: number, end: number): boolean {
  return !fieldsByType.has(type) || printFields(type, rdata, at, end, []);
}

function printFields(type: number, rdata: Uint8Array, at: number, end: number, tokens: string[]): boolean {
  const fields = fieldsByType.get(type);
  if (fields === undefined) return false;
  let i = at;
  for (const field of fields) {
    i = field.print(rdata, i, end, tokens);
    if (i < 0) return false;
  }
  return i === end;
}
