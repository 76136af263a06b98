/** The service parameters of SVCB and HTTPS: key=value in any order, sorted by key on the wire (RFC 9460 §2.1, §2.2). */

import type { Field } from "../field.ts";
import { indexWithin, type Scanner } from "../scanner.ts";
import { WireBuffer } from "../wirebuffer.ts";
import { failExpected } from "./expected.ts";
import { u16At } from "./number.ts";
import { appendText, quotedText } from "./string.ts";
import { ALPN, kindByKey, MANDATORY, NO_DEFAULT_ALPN, type SvcParamKind } from "./svcparam.ts";

type Params = ReadonlyMap<number, Uint8Array>;

const QUOTE = 0x22;
const EQUALS = 0x3d;
/** Key 65535 is reserved as "Invalid key" (RFC 9460 §14.3.2). */
const LAST_KEY = 65534;

/** One value at a time: its text with the escapes resolved, and its wire form. */
const textOfValue = new WireBuffer();
const wireOfValue = new WireBuffer();

/** The keys that a client has to understand (RFC 9460 §8), in ascending order on the wire. */
const mandatory: SvcParamKind = {
  name: "mandatory",
  expects: 'a list of other keys, each once, without "mandatory"',
  read(value, out) {
    const keys = String.fromCharCode(...value)
      .split(",")
      .map(keyFromText)
      .sort((a, b) => a - b);
    for (const key of keys) out.u16(key & 0xffff);
    return keys.every((key, i) => key > MANDATORY && key !== keys[i - 1]);
  },
  print(wire, at, end) {
    const names: string[] = [];
    let previous = MANDATORY;
    for (let i = at; i < end; i += 2) {
      const key = u16At(wire, i);
      if (i + 2 > end || key <= previous || key > LAST_KEY) return undefined;
      names.push(keyToText(key));
      previous = key;
    }
    return names.length === 0 ? undefined : names.join(",");
  },
};

const keyByName = new Map([...kindByKey].map(([key, kind]) => [kind.name, key]));
keyByName.set(mandatory.name, MANDATORY);

function kindOf(key: number): SvcParamKind | undefined {
  return key === MANDATORY ? mandatory : kindByKey.get(key);
}

function keyToText(key: number): string {
  return kindOf(key)?.name ?? `key${key}`;
}

/** The key of a name or of keyNNNNN without leading zeros (RFC 9460 §2.1); -1 when it is neither. */
function keyFromText(text: string): number {
  const key = keyByName.get(text);
  if (key !== undefined) return key;
  if (!/^key(0|[1-9]\d{0,4})$/.test(text)) return -1;
  const number = Number(text.slice(3));
  return number <= LAST_KEY ? number : -1;
}

export const serviceParams: Field = {
  label: "service parameters",
  read(input, out) {
    const params = new Map<number, Uint8Array>();
    while (input.next()) readParam(input, params);
    const fault = faultOf(params);
    if (fault !== "") input.fail(fault);
    for (const [key, value] of [...params].sort(([a], [b]) => a - b)) {
      out.u16(key);
      out.u16(value.length);
      out.append(value);
    }
  },
  print(rdata, at, end, out) {
    const params = new Map<number, Uint8Array>();
    let previous = -1;
    let i = at;
    while (i < end) {
      const key = u16At(rdata, i);
      const after = i + 4 + u16At(rdata, i + 2);
      if (i + 4 > end || after > end || key <= previous || key > LAST_KEY) return -1;
      const text = paramText(key, rdata, i + 4, after);
      if (text === undefined) return -1;
      out.push(text);
      params.set(key, rdata.subarray(i + 4, after));
      previous = key;
      i = after;
    }
    return faultOf(params) === "" ? i : -1;
  },
};

function readParam(input: Scanner, params: Map<number, Uint8Array>): void {
  const { bytes, start, end } = input;
  if (input.quoted) failExpected(input, "a key, with only its value in quotes");
  const equals = indexWithin(bytes, EQUALS, start, end);
  const name = String.fromCharCode(...bytes.subarray(start, equals));
  const key = keyFromText(name);
  if (key < 0) failExpected(input, "a service parameter key");
  if (params.has(key)) input.fail(`the key ${name} stands twice`);
  // A quoted value is a token of its own for the scanner, right behind the "=".
  const quoted = equals === end - 1 && bytes[end] === QUOTE && input.next();
  textOfValue.length = 0;
  appendText(bytes, quoted ? input.start : Math.min(equals + 1, end), input.end, textOfValue);
  params.set(key, valueToWire(input, name, key, textOfValue.since(0)).slice());
}

/** A value in wire form. Under its name keyNNNNN it is in wire form already (RFC 9460 §2.1), and only checked. */
function valueToWire(input: Scanner, name: string, key: number, value: Uint8Array): Uint8Array {
  const kind = kindOf(key);
  if (kind === undefined) return value;
  if (kind.name !== name) {
    if (kind.print(value, 0, value.length) === undefined) input.fail(`malformed value of ${name} (${kind.name})`);
    return value;
  }
  wireOfValue.length = 0;
  if (!kind.read(value, wireOfValue)) failExpected(input, `${kind.expects} as ${name}`);
  return wireOfValue.since(0);
}

function paramText(key: number, rdata: Uint8Array, at: number, end: number): string | undefined {
  const kind = kindOf(key);
  const value = kind !== undefined ? kind.print(rdata, at, end) : unknownValue(rdata, at, end);
  if (value === undefined) return undefined;
  return value === "" ? keyToText(key) : `${keyToText(key)}=${value}`;
}

function unknownValue(rdata: Uint8Array, at: number, end: number): string {
  return at === end ? "" : quotedText(rdata, at, end);
}

/** What does not hold together: a mandatory key that is not there, no-default-alpn without alpn (RFC 9460 §7.1.1). */
function faultOf(params: Params): string {
  const keys = params.get(MANDATORY) ?? new Uint8Array();
  for (let i = 0; i < keys.length; i += 2) {
    const key = u16At(keys, i);
    if (!params.has(key)) return `the mandatory key ${keyToText(key)} is missing`;
  }
  return params.has(NO_DEFAULT_ALPN) && !params.has(ALPN) ? "no-default-alpn without alpn" : "";
}
