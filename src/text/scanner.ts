/**
 * The tokens of a master file (RFC 1035 §5.1): works on bytes, makes no strings, and knows nothing of records.
 *
 * An entry ends at a newline outside parentheses. `next` moves to the next token of the entry, so a caller reads a
 * record as `while (scanner.next()) …`; the current token is bytes[start, end).
 */

import { TextError } from "./error.ts";

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const BACKSLASH = 92;

/** 1 for a byte that can't stand unquoted and unescaped inside a token. */
const ends = new Uint8Array(256);
for (const byte of [TAB, LF, CR, SPACE, QUOTE, OPEN, CLOSE, SEMICOLON]) ends[byte] = 1;

export class Scanner {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** The next byte to look at. */
  at = 0;
  /** The current token: bytes[start, end), without its quotes. */
  start = 0;
  end = 0;
  /** The current token stood in quotes. */
  quoted = false;
  /** The current token has a backslash in it. */
  escaped = false;
  /** The name that completes relative names, in wire form (set by $ORIGIN). */
  origin: Uint8Array;
  #depth = 0;
  #opened = 0;
  #again = false;

  constructor(bytes: Uint8Array, origin: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.origin = origin;
  }

  /**
   * Moves to the next token of this entry; false at the entry's end, with the newline left unread.
   * Throws TextError for a quote or parenthesis that is not closed, or a parenthesis that was not opened.
   */
  next(): boolean {
    if (this.#again) {
      this.#again = false;
      return true;
    }
    const byte = this.#skip();
    if (byte < 0) return false;
    return byte === QUOTE ? this.#quoted(this.at) : this.#bare(this.at);
  }

  /** Makes the current token the next one again (one step only). */
  unread(): void {
    this.#again = true;
  }

  /** Moves to the next token; throws TextError, naming what is missing, when the entry has no more. */
  need(what: string): void {
    if (!this.next()) throw new TextError(this.start, `missing ${what}`);
  }

  /** The current token as it stands in the file, escapes and all. */
  text(): string {
    let text = "";
    for (let i = this.start; i < this.end; i++) text += String.fromCharCode(this.bytes[i]);
    return text;
  }

  /** Throws a TextError at the current token. */
  fail(message: string): never {
    throw new TextError(this.start, message);
  }

  /** True when blank space stands here, at the start of a line: the owner is that of the entry before. */
  blank(): boolean {
    const byte = this.bytes[this.at];
    return byte === SPACE || byte === TAB;
  }

  /** Steps over the newline that ended an entry; false at the end of the text. */
  nextEntry(): boolean {
    this.#again = false;
    this.#depth = 0;
    if (this.at < this.length && this.bytes[this.at] === LF) this.at++;
    return this.at < this.length;
  }

  /** After an error: skips what is left of the entry, so that the next one is read on its own. */
  recover(): void {
    this.#again = false;
    try {
      while (this.next());
    } catch {
      // A stray ")", a "\" or quote at a line's end: the entry is already reported, go on at the next line.
      this.#depth = 0;
      while (this.at < this.length && this.bytes[this.at] !== LF) this.at++;
    }
  }

  /** Skips blanks, comments and parentheses; the byte a token begins with, or -1 at the entry's end. */
  #skip(): number {
    const { bytes, length } = this;
    let at = this.at;
    while (at < length) {
      const byte = bytes[at];
      if (ends[byte] === 0 || byte === QUOTE) {
        this.at = at;
        return byte;
      }
      if (byte === LF && this.#depth === 0) return this.#endOfEntry(at);
      if (byte === OPEN || byte === CLOSE) this.#parenthesis(byte, at);
      at = byte === SEMICOLON ? this.#comment(at) : at + 1;
    }
    if (this.#depth > 0) {
      this.at = length;
      throw new TextError(this.#opened, '"(" is never closed');
    }
    return this.#endOfEntry(length);
  }

  #endOfEntry(at: number): number {
    this.at = at;
    this.start = at;
    this.end = at;
    return -1;
  }

  #parenthesis(byte: number, at: number): void {
    if (byte === OPEN) {
      if (this.#depth++ === 0) this.#opened = at;
      return;
    }
    if (this.#depth === 0) {
      this.at = at;
      throw new TextError(at, 'unexpected ")": no parenthesis is open');
    }
    this.#depth--;
  }

  #bare(from: number): boolean {
    const { bytes, length } = this;
    let at = from;
    let escaped = false;
    while (at < length && ends[bytes[at]] === 0) {
      if (bytes[at] === BACKSLASH) {
        escaped = true;
        at++;
        if (at >= length || bytes[at] === LF) throw new TextError(at - 1, 'a "\\" with nothing after it');
      }
      at++;
    }
    this.start = from;
    this.end = at;
    this.at = at;
    this.quoted = false;
    this.escaped = escaped;
    return true;
  }

  #comment(from: number): number {
    const { bytes, length } = this;
    let at = from;
    while (at < length && bytes[at] !== LF) at++;
    return at;
  }

  #quoted(open: number): boolean {
    const { bytes, length } = this;
    let at = open + 1;
    let escaped = false;
    while (at < length && bytes[at] !== QUOTE && bytes[at] !== LF) {
      if (bytes[at] === BACKSLASH) {
        escaped = true;
        at++;
      }
      at++;
    }
    if (at >= length || bytes[at] !== QUOTE) {
      this.at = Math.min(at, length);
      throw new TextError(open, "the quote is not closed on this line");
    }
    this.start = open + 1;
    this.end = at;
    this.at = at + 1;
    this.quoted = true;
    this.escaped = escaped;
    return true;
  }
}

/** Where an octet first stands in bytes[start, end); `end` when it does not. Never looks at the text behind. */
export function indexWithin(bytes: Uint8Array, octet: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== octet) at++;
  return at;
}
