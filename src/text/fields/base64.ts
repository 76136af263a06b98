/** Octets in base64 (RFC 4648 §4): keys, signatures, certificates. The text may be split into several tokens. */

import { TextError } from "../error.ts";
import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { failExpected } from "./expected.ts";

const PAD = 0x3d;
const NO_DIGIT = 255;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const values = new Uint8Array(256).fill(NO_DIGIT);
for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i;

class Decoder {
  readonly #label: string;
  readonly #out: WireBuffer;
  #bits = 0;
  #digits = 0;
  #pads = 0;
  #last = 0;

  constructor(label: string, out: WireBuffer) {
    this.#label = label;
    this.#out = out;
  }

  /** Takes the bytes [start, end) of the current token. */
  take(input: Scanner, start: number, end: number): void {
    this.#last = input.start;
    for (let i = start; i < end; i++) {
      const byte = input.bytes[i];
      if (byte === PAD) {
        this.#pads++;
        continue;
      }
      const value = values[byte];
      if (value === NO_DIGIT || this.#pads > 0) failExpected(input, `base64 as ${this.#label}`);
      this.#bits = ((this.#bits << 6) | value) & 0xff_ffff;
      if (++this.#digits === 4) this.#flush(3);
    }
  }

  /** Writes what the padding completes. Bits under the padding have to be zero (RFC 4648 §3.5). */
  finish(): void {
    const left = this.#digits;
    if (left === 0 && this.#pads === 0) return;
    const whole = left + this.#pads === 4 && left >= 2;
    if (!whole) throw new TextError(this.#last, `bad base64 padding in ${this.#label}`);
    this.#bits <<= 6 * (4 - left);
    if ((this.#bits & (left === 2 ? 0xffff : 0xff)) !== 0) {
      throw new TextError(this.#last, `the last base64 digit of ${this.#label} has bits past the end`);
    }
    this.#flush(left - 1);
  }

  #flush(octets: number): void {
    for (let k = 0; k < octets; k++) this.#out.u8((this.#bits >>> (16 - 8 * k)) & 0xff);
    this.#bits = 0;
    this.#digits = 0;
  }
}

/** Reads the tokens left in the entry as base64, and returns how many octets they made. Throws TextError. */
export function readBase64Rest(input: Scanner, out: WireBuffer, label: string): number {
  const from = out.length;
  const decoder = new Decoder(label, out);
  while (input.next()) decoder.take(input, input.start, input.end);
  decoder.finish();
  return out.length - from;
}

/** Reads the part [start, end) of the current token as base64. Throws TextError. */
export function appendBase64(input: Scanner, start: number, end: number, out: WireBuffer, label: string): void {
  const decoder = new Decoder(label, out);
  decoder.take(input, start, end);
  decoder.finish();
}

/** rdata[at, end) in base64. */
export function base64Text(rdata: Uint8Array, at: number, end: number): string {
  return Buffer.from(rdata.buffer, rdata.byteOffset + at, end - at).toString("base64");
}

/** The rest of the RDATA in base64, at least one octet. */
export function restBase64(label: string): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      input.unread();
      if (readBase64Rest(input, out, label) === 0) input.fail(`an empty ${label}`);
    },
    print(rdata, at, end, out) {
      if (at >= end) return -1;
      out.push(base64Text(rdata, at, end));
      return end;
    },
  };
}

/** The rest of the RDATA in base64, or nothing where the RFC allows it to be left out. */
export function optionalBase64(label: string): Field {
  return {
    label,
    read: (input, out) => {
      readBase64Rest(input, out, label);
    },
    print(rdata, at, end, out) {
      if (at < end) out.push(base64Text(rdata, at, end));
      return end;
    },
  };
}
