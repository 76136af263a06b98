/**
 * $GENERATE as BIND has it: `$GENERATE start-stop[/step] owner [ttl] [class] type rdata`. In the owner and the RDATA
 * "$" stands for the counter, "${offset,width,base}" for the counter changed, "\$" or "$$" for a plain "$".
 *
 * Two things are different on purpose: RDATA of several tokens need not stand in quotes, and a counter that an offset
 * takes below 0 is an error, where BIND writes a minus sign into the name.
 */

import { typeFromText } from "../wire/rrtype.ts";

/** The most records one directive may make; more is taken for a slip of the pen. */
export const MOST_GENERATED: number = 1 << 20;

/** The most records all directives of a zone may make: a second's worth of reading for each million. */
export const MOST_IN_ALL: number = 1 << 22;

export interface Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** Reads "1-254" or "0-100/10"; a sentence on what is wrong when it is no range. */
export function rangeFromText(text: string): Range | string {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (!match) return `expected a range such as 1-254 or 0-100/10, got "${text}"`;
  const start = Number(match[1]);
  const stop = Number(match[2]);
  const step = Number(match[3] ?? 1);
  if (step === 0) return "the step of a range can't be 0";
  if (stop < start) return `the range ${text} runs backwards`;
  if ((stop - start) / step >= MOST_GENERATED) return `the range ${text} makes more than ${MOST_GENERATED} records`;
  return { start, stop, step };
}

/** How many records a range makes. */
export function countOf(range: Range): number {
  return Math.floor((range.stop - range.start) / range.step) + 1;
}

/**
 * What follows the owner, as the text to expand. RDATA that stands in quotes as a whole, `MX "10 mail$"`, is the RDATA
 * without them: BIND reads one token there, and its manual's examples are written so.
 */
export function rdataTemplate(tokens: readonly string[]): string {
  const type = tokens.findIndex((token) => typeFromText(token) >= 0);
  const rdata = tokens[type + 1];
  if (type < 0 || type !== tokens.length - 2 || !rdata.startsWith('"')) return tokens.join(" ");
  return [...tokens.slice(0, -1), rdata.slice(1, -1).replaceAll('\\"', '"')].join(" ");
}

/** One side of a $GENERATE with the counter put in. Throws RangeError, with the reason, for a bad modifier. */
export function expand(template: string, counter: number): string {
  let out = "";
  for (let i = 0; i < template.length; i++) {
    const char = template[i];
    if (char === "\\") {
      // "\$" is a plain "$"; any other escape is left for the name or text reader.
      if (template[i + 1] === "$") out += "$";
      else out += char + (template[i + 1] ?? "");
      i++;
    } else if (char !== "$") out += char;
    else if (template[i + 1] === "$") {
      out += "$";
      i++;
    } else if (template[i + 1] === "{") {
      const close = template.indexOf("}", i);
      if (close < 0) throw new RangeError('"${" is never closed');
      out += modified(template.slice(i + 2, close), counter);
      i = close;
    } else out += String(counter);
  }
  return out;
}

function modified(modifier: string, counter: number): string {
  const match = /^([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifier);
  if (!match) throw new RangeError(`expected \${offset,width,base}, got "\${${modifier}}"`);
  const value = counter + Number(match[1]);
  const width = Number(match[2] ?? 0);
  const base = match[3] ?? "d";
  if (value < 0) throw new RangeError(`\${${modifier}} makes ${value}, below 0`);
  if (base === "n" || base === "N") return nibbles(value, width, base === "N");
  const radix = base === "d" ? 10 : base === "o" ? 8 : 16;
  const digits = value.toString(radix).padStart(width, "0");
  return base === "X" ? digits.toUpperCase() : digits;
}

/** Hex digits in reverse with dots between, as ip6.arpa has them; the width counts the dots too. */
function nibbles(value: number, width: number, upper: boolean): string {
  const count = Math.max(1, Math.ceil(width / 2));
  const digits = value.toString(16).padStart(count, "0");
  const reversed = [...(upper ? digits.toUpperCase() : digits)].reverse().join(".");
  return width > reversed.length ? `${reversed}.` : reversed;
}
