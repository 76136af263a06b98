/**
 * Cases on disk: one file for a target, a case in each line, percent-encoded where it is not plain text, so that a change of
 * a corpus can be read in a diff. Lines that begin with "#" are for people.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Octets that stand for themselves: printable ASCII without "%", and without "#" for the sake of comments. */
const ESCAPED = /[^\x21-\x22\x24\x26-\x7e ]/g;

/** A case as a line. */
export function lineOf(input: Uint8Array): string {
  const text = Buffer.from(input).toString("latin1");
  return `${text.replace(ESCAPED, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`)}.`;
}

/** The case of a line; the full stop at its end keeps blanks from being lost. */
export function inputOf(line: string): Uint8Array {
  const text = line
    .slice(0, -1)
    .replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** The cases in a file; none when there is no such file. */
export function readCases(path: string): Uint8Array[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map(inputOf);
}

/** Writes cases, in an order that changes little from one time to the next. */
export function writeCases(path: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map(lineOf).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
}
