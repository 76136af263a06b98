/**
 * LOC (RFC 1876 §2, §3): "42 21 54 N 71 6 18 W -24m 30m 10m 10m". Minutes, seconds and everything after the altitude
 * may be left out. On the wire: version, three sizes as mantissa and exponent, then angles and altitude with an offset.
 */

import type { Field } from "../field.ts";
import type { Scanner } from "../scanner.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { failExpected } from "./expected.ts";
import { needNumber, numberAt, u32At } from "./number.ts";

const LENGTH = 16;
/** The equator and the prime meridian, in thousandths of a second of arc. */
const ORIGIN = 2 ** 31;
/** The reference altitude, 100,000 m below the spheroid, in cm. */
const ALTITUDE_ORIGIN = 10_000_000;
const MAX_ALTITUDE = 0xffff_ffff - ALTITUDE_ORIGIN;
const MAX_SIZE = 9_000_000_000;
const DEGREE = 3_600_000;
const MINUTE = 60_000;

/** RFC 1876 §3: size 1 m, horizontal precision 10,000 m, vertical precision 10 m, in cm. */
const DEFAULT_SIZES = [100, 1_000_000, 1000];
const SIZE_LABELS = ["size", "horizontal precision", "vertical precision"];

export const location: Field = {
  label: "location",
  read(input, out) {
    const latitude = readAngle(input, "latitude", 90, "N", "S");
    const longitude = readAngle(input, "longitude", 180, "E", "W");
    input.need("altitude");
    const altitude = centimetres(input, "altitude", -ALTITUDE_ORIGIN, MAX_ALTITUDE);
    out.u8(0);
    readSizes(input, out);
    out.u32(latitude);
    out.u32(longitude);
    out.u32(altitude + ALTITUDE_ORIGIN);
  },
  print(rdata, at, end, out) {
    if (end - at < LENGTH || rdata[at] !== 0) return -1;
    if (!isSize(rdata[at + 1]) || !isSize(rdata[at + 2]) || !isSize(rdata[at + 3])) return -1;
    const latitude = u32At(rdata, at + 4) - ORIGIN;
    const longitude = u32At(rdata, at + 8) - ORIGIN;
    if (Math.abs(latitude) > 90 * DEGREE || Math.abs(longitude) > 180 * DEGREE) return -1;
    out.push(angleText(latitude, "N", "S"), angleText(longitude, "E", "W"));
    out.push(`${hundredths(u32At(rdata, at + 12) - ALTITUDE_ORIGIN)}m`);
    for (let i = 1; i <= 3; i++) out.push(sizeText(rdata[at + i]));
    return at + LENGTH;
  },
};

/** d [m [s[.fff]]] and a hemisphere, as thousandths of a second of arc from the origin of the wire form. */
function readAngle(input: Scanner, label: string, most: number, positive: string, negative: string): number {
  let angle = needNumber(input, most, `degrees of ${label}`) * DEGREE;
  const hemisphere = `"${positive}" or "${negative}"`;
  input.need(hemisphere);
  let sign = signOf(input, positive, negative);
  if (sign === 0) {
    const minutes = numberAt(input.bytes, input.start, input.end, 59);
    if (minutes < 0) failExpected(input, `minutes of ${label}, or ${hemisphere}`);
    angle += minutes * MINUTE;
    input.need(hemisphere);
    sign = signOf(input, positive, negative);
  }
  if (sign === 0) {
    const parts = /^(\d{1,2})(?:\.(\d{1,3}))?$/.exec(input.text());
    if (parts === null || Number(parts[1]) > 59) failExpected(input, `seconds of ${label}, or ${hemisphere}`);
    angle += Number(parts[1]) * 1000 + Number((parts[2] ?? "").padEnd(3, "0"));
    input.need(hemisphere);
    sign = signOf(input, positive, negative);
    if (sign === 0) failExpected(input, hemisphere);
  }
  if (angle > most * DEGREE) input.fail(`a ${label} of more than ${most} degrees`);
  return ORIGIN + sign * angle;
}

function signOf(input: Scanner, positive: string, negative: string): number {
  if (input.end - input.start !== 1) return 0;
  const letter = input.text().toUpperCase();
  if (letter === positive) return 1;
  return letter === negative ? -1 : 0;
}

/** The current token as metres, "-24.50m" with or without the m, in cm. */
function centimetres(input: Scanner, label: string, least: number, most: number): number {
  const parts = /^(-?)(\d{1,9})(?:\.(\d{1,2}))?m?$/i.exec(input.text());
  if (parts === null) failExpected(input, `metres as ${label}`);
  const value = Number(parts[2]) * 100 + Number((parts[3] ?? "").padEnd(2, "0"));
  const signed = parts[1] === "-" ? -value : value;
  if (signed < least || signed > most) {
    failExpected(input, `${hundredths(least)}m to ${hundredths(most)}m as ${label}`);
  }
  return signed;
}

function readSizes(input: Scanner, out: WireBuffer): void {
  let given = true;
  for (let i = 0; i < DEFAULT_SIZES.length; i++) {
    given = given && input.next();
    out.u8(sizeOctet(given ? centimetres(input, SIZE_LABELS[i], 0, MAX_SIZE) : DEFAULT_SIZES[i]));
  }
}

/** One digit and a power of ten, in cm; further digits are dropped (RFC 1876 §2). */
function sizeOctet(size: number): number {
  let mantissa = size;
  let exponent = 0;
  while (mantissa > 9) {
    mantissa = Math.floor(mantissa / 10);
    exponent++;
  }
  return (mantissa << 4) | exponent;
}

/** RFC 1876 §2 leaves digits over 9 undefined; a zero with an exponent would not be read back as it was. */
function isSize(octet: number): boolean {
  const mantissa = octet >> 4;
  const exponent = octet & 15;
  return mantissa <= 9 && exponent <= 9 && (mantissa > 0 || exponent === 0);
}

function sizeText(octet: number): string {
  const size = (octet >> 4) * 10 ** (octet & 15);
  return size % 100 === 0 ? `${size / 100}m` : `${hundredths(size)}m`;
}

function angleText(offset: number, positive: string, negative: string): string {
  const angle = Math.abs(offset);
  const degrees = Math.floor(angle / DEGREE);
  const minutes = Math.floor((angle % DEGREE) / MINUTE);
  const millis = angle % MINUTE;
  const fraction = String(millis % 1000).padStart(3, "0");
  return `${degrees} ${minutes} ${Math.floor(millis / 1000)}.${fraction} ${offset < 0 ? negative : positive}`;
}

function hundredths(value: number): string {
  const whole = Math.floor(Math.abs(value) / 100);
  return `${value < 0 ? "-" : ""}${whole}.${String(Math.abs(value) % 100).padStart(2, "0")}`;
}
