/**
 * Master files (RFC 1035 §5, RFC 2308 §4): entries and directives → records, handed to a sink one by one.
 *
 * An entry with an error is reported and skipped, so one reading finds every error of the file.
 */

import { TextError } from "../text/error.ts";
import { shown } from "../text/fields/expected.ts";
import { nameToWire } from "../text/name.ts";
import { readRdata } from "../text/rdata.ts";
import { Scanner } from "../text/scanner.ts";
import { ttlAt } from "../text/ttl.ts";
import { WireBuffer } from "../text/wirebuffer.ts";
import { readU32 } from "../wire/header.ts";
import { classFromText, classToText, isMetaType, RrClass, RrType, typeFromText, typeToText } from "../wire/rrtype.ts";
import { countOf, expand, MOST_IN_ALL, rangeFromText, rdataTemplate } from "./generate.ts";
import type { Problems, Source } from "./problem.ts";

/** Finds the file an $INCLUDE names; a sentence on why not when it can't be had. */
export type Include = (path: string, from: Source) => Source | string;

/** Takes each record; the arrays are only valid during the call. False stops the reading. */
export type Sink = (
  owner: Uint8Array,
  ownerLength: number,
  type: number,
  ttl: number,
  rdata: Uint8Array,
  rdataLength: number,
  source: Source,
  offset: number,
) => boolean;

/** How deep $INCLUDE may nest, and how many files a zone may be made of: each can include the next one twice. */
const DEEPEST = 20;
const MOST_FILES = 10_000;
/** After so many errors nobody reads on; this is no zone file, or one made to keep its reader busy. */
const MOST_ERRORS = 100_000;
/** In the place of an owner's length: the last owner was no name. */
const UNREADABLE = -1;
const DOLLAR = 36;
/** RFC 2181 §8: a TTL is a number of 31 bits. */
const MAX_TTL = 0x7fffffff;
const NO_TTL = -1;

/** Reads a master file and all that it includes. `problems` takes what is wrong with the text. */
export function readMaster(source: Source, origin: Uint8Array, include: Include, problems: Problems, sink: Sink): void {
  new Reader(include, problems, sink).readFile(source, origin);
}

class Reader {
  #files = 0;
  readonly #include: Include;
  readonly #problems: Problems;
  readonly #sink: Sink;
  readonly #stack: string[] = [];
  readonly #rdata = new WireBuffer();
  readonly #owner = new Uint8Array(1024);
  #ownerLength = 0;
  /** The default TTL ($TTL), or the last one written, which is taken where there is no $TTL (RFC 1035 §5.1). */
  #defaultTtl = NO_TTL;
  #lastTtl = NO_TTL;
  #stopped = false;
  /** Records made by $GENERATE so far, and the directive's offset while one is at work: problems are told there. */
  #generated = 0;
  #generating = -1;

  constructor(include: Include, problems: Problems, sink: Sink) {
    this.#include = include;
    this.#problems = problems;
    this.#sink = sink;
  }

  readFile(source: Source, origin: Uint8Array): void {
    this.#stack.push(source.file);
    this.#files++;
    const scanner = new Scanner(source.bytes, origin);
    // A byte order mark is what some editors put in front of UTF-8 text.
    if (source.bytes[0] === 0xef && source.bytes[1] === 0xbb && source.bytes[2] === 0xbf) scanner.at = 3;
    do this.#entry(scanner, source);
    while (!this.#stopped && scanner.nextEntry());
    this.#stack.pop();
  }

  #entry(scanner: Scanner, source: Source): void {
    try {
      const inherits = scanner.blank();
      if (!scanner.next()) return;
      if (!inherits && !scanner.quoted && scanner.bytes[scanner.start] === DOLLAR) this.#directive(scanner, source);
      else this.#record(scanner, source, inherits, scanner.start);
    } catch (error) {
      const offset = offsetOf(error, scanner);
      this.#problems.add("error", source, offset, (error as Error).message);
      this.#skipEntry(scanner, source, offset);
      if (this.#problems.errors >= MOST_ERRORS) this.#stopped = true;
    }
  }

  /** Skips what is left of an entry with an error; a parenthesis left open before it is told too: it is the cause. */
  #skipEntry(scanner: Scanner, source: Source, offset: number): void {
    try {
      while (scanner.next());
    } catch (error) {
      const at = offsetOf(error, scanner);
      if (at < offset) this.#problems.add("error", source, at, (error as Error).message);
      scanner.recover();
    }
  }

  #record(scanner: Scanner, source: Source, inherits: boolean, offset: number): void {
    if (!inherits) {
      // Until all of it is read: entries below must not get the length of one owner, and octets of another.
      this.#ownerLength = UNREADABLE;
      this.#ownerLength = nameToWire(scanner.bytes, scanner.start, scanner.end, scanner.origin, this.#owner, 0);
      scanner.need("a type");
    } else if (this.#ownerLength === 0) scanner.fail("the first record has no owner name");
    else if (this.#ownerLength === UNREADABLE) {
      // That has been told, where the owner is.
      while (scanner.next());
      return;
    }
    let ttl = NO_TTL;
    let type = -1;
    let rrclass = -1;
    for (;;) {
      type = typeOfToken(scanner);
      if (type >= 0) break;
      const asTtl = ttl === NO_TTL ? ttlAt(scanner.bytes, scanner.start, scanner.end) : -1;
      if (asTtl >= 0 || asTtl === -2) ttl = this.#checkedTtl(asTtl, scanner, source);
      else if (rrclass < 0) rrclass = classOfToken(scanner);
      else scanner.fail(`unknown type "${shown(scanner)}"`);
      scanner.need("a type");
    }
    if (isMetaType(type)) scanner.fail(`${typeToText(type)} is a type of messages, not of zones`);
    readRdata(type, scanner, this.#rdata);
    this.#emit(type, this.#ttlFor(type, ttl, source, offset), source, offset);
  }

  /** RFC 2181 §8: a TTL with the highest bit set is taken as 0; one of more than 32 bits is no TTL at all. */
  #checkedTtl(ttl: number, scanner: Scanner, source: Source): number {
    if (ttl >= 0 && ttl <= MAX_TTL) return ttl;
    if (ttl < 0) scanner.fail(`TTL ${shown(scanner)} is over 2147483647 (RFC 2181 §8)`);
    const offset = this.#generating >= 0 ? this.#generating : scanner.start;
    this.#problems.add("warning", source, offset, "a TTL over 2147483647 counts as 0 (RFC 2181 §8)");
    return 0;
  }

  #ttlFor(type: number, explicit: number, source: Source, offset: number): number {
    if (explicit !== NO_TTL) {
      this.#lastTtl = explicit;
      return explicit;
    }
    if (this.#defaultTtl !== NO_TTL) return this.#defaultTtl;
    if (this.#lastTtl !== NO_TTL) return this.#lastTtl;
    if (type !== RrType.SOA) throw new TextError(offset, "no TTL: write one on the record, or a $TTL above it");
    const minimum = readU32(this.#rdata.bytes, this.#rdata.length - 4);
    this.#problems.add("warning", source, offset, `no TTL: the SOA's minimum, ${minimum}, is taken; write a $TTL`);
    this.#lastTtl = minimum > MAX_TTL ? 0 : minimum;
    return this.#lastTtl;
  }

  #emit(type: number, ttl: number, source: Source, offset: number): void {
    const { bytes, length } = this.#rdata;
    if (!this.#sink(this.#owner, this.#ownerLength, type, ttl, bytes, length, source, offset)) this.#stopped = true;
  }

  #directive(scanner: Scanner, source: Source): void {
    const offset = scanner.start;
    switch (scanner.text().toUpperCase()) {
      case "$ORIGIN":
        scanner.need("a domain name");
        scanner.origin = this.#name(scanner);
        atEnd(scanner, "$ORIGIN");
        break;
      case "$TTL":
        scanner.need("a TTL");
        this.#defaultTtl = this.#ttl(scanner, source);
        atEnd(scanner, "$TTL");
        break;
      case "$INCLUDE":
        this.#includeFile(scanner, source);
        break;
      case "$GENERATE":
        this.#generate(scanner, source, offset);
        break;
      default:
        scanner.fail(`unknown directive "${shown(scanner)}"`);
    }
  }

  #ttl(scanner: Scanner, source: Source): number {
    const ttl = ttlAt(scanner.bytes, scanner.start, scanner.end);
    if (ttl === -1) scanner.fail(`expected a TTL such as 3600 or 1h30m, got "${shown(scanner)}"`);
    return this.#checkedTtl(ttl, scanner, source);
  }

  #name(scanner: Scanner): Uint8Array {
    const out = new Uint8Array(1024);
    return out.slice(0, nameToWire(scanner.bytes, scanner.start, scanner.end, scanner.origin, out, 0));
  }

  /** RFC 1035 §5.1: an included file changes neither the origin nor the owner of the file that includes it. */
  #includeFile(scanner: Scanner, source: Source): void {
    scanner.need("a file name");
    const offset = scanner.start;
    const path = Buffer.from(scanner.bytes.subarray(offset, scanner.end)).toString();
    let origin = scanner.origin;
    if (scanner.next()) {
      origin = this.#name(scanner);
      atEnd(scanner, "$INCLUDE");
    }
    if (this.#stack.length >= DEEPEST) throw new TextError(offset, `$INCLUDE nests deeper than ${DEEPEST} files`);
    if (this.#files >= MOST_FILES) throw new TextError(offset, `the zone includes more than ${MOST_FILES} files`);
    const included = this.#include(path, source);
    if (typeof included === "string") throw new TextError(offset, included);
    if (this.#stack.includes(included.file)) {
      throw new TextError(offset, `$INCLUDE goes round in a circle: ${included.file} is being read already`);
    }
    const length = this.#ownerLength;
    const owner = this.#owner.slice(0, Math.max(0, length));
    this.#ownerLength = 0;
    this.readFile(included, origin);
    this.#owner.set(owner);
    this.#ownerLength = length;
  }

  #generate(scanner: Scanner, source: Source, offset: number): void {
    scanner.need("a range");
    const range = rangeFromText(shown(scanner));
    if (typeof range === "string") scanner.fail(range);
    if (this.#generated + countOf(range) > MOST_IN_ALL) {
      scanner.fail(`$GENERATE makes more than ${MOST_IN_ALL} records in this zone`);
    }
    this.#generated += countOf(range);
    scanner.need("an owner");
    const owner = scanner.text();
    const rest: string[] = [];
    while (scanner.next()) rest.push(scanner.quoted ? `"${scanner.text()}"` : scanner.text());
    const template = rdataTemplate(rest);
    this.#generating = offset;
    try {
      for (let counter = range.start; counter <= range.stop && !this.#stopped; counter += range.step) {
        const line = `${expand(owner, counter)} ${expand(template, counter)}`;
        const generated = new Scanner(Buffer.from(line, "latin1"), scanner.origin);
        generated.need("an owner");
        this.#record(generated, source, false, offset);
      }
    } catch (error) {
      throw new TextError(offset, `$GENERATE: ${(error as Error).message}`);
    } finally {
      this.#generating = -1;
    }
  }
}

function atEnd(scanner: Scanner, directive: string): void {
  if (scanner.next()) scanner.fail(`unexpected "${shown(scanner)}" after ${directive}`);
}

/** Errors of the text have their own offset; the others (RDATA that grows too long) are of the current token. */
function offsetOf(error: unknown, scanner: Scanner): number {
  if (error instanceof TextError) return error.offset;
  if (error instanceof RangeError) return scanner.start;
  throw error;
}

/** The type that the current token names; -1 when it names none. The common ones are told without making a string. */
function typeOfToken(scanner: Scanner): number {
  const { bytes, start, end } = scanner;
  const first = bytes[start] & 0xdf;
  if (bytes[start] < 65) return -1;
  switch (end - start) {
    case 1:
      return first === 65 ? RrType.A : -1;
    case 2: {
      const second = bytes[start + 1] & 0xdf;
      if (first === 78 && second === 83) return RrType.NS;
      if (first === 73 && second === 78) return -1;
      break;
    }
    default:
      if (scanner.escaped || end - start > 10) return -1;
  }
  return typeFromText(scanner.text());
}

function classOfToken(scanner: Scanner): number {
  const text = shown(scanner);
  const rrclass = classFromText(text);
  if (rrclass < 0) scanner.fail(`expected a TTL, class or type, got "${text}"`);
  if (rrclass !== RrClass.IN) scanner.fail(`class ${classToText(rrclass)}: only zones of class IN are served`);
  return rrclass;
}
