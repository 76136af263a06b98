/** Zones from text, with everything a test may want to see of the result. */

import { nameFromText } from "../../src/text/name.ts";
import { Name } from "../../src/wire/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { type Loaded, loadZone } from "../../src/zone/load.ts";
import type { Include } from "../../src/zone/master.ts";
import { problemToText, type Source } from "../../src/zone/problem.ts";
import { dumpZone } from "./dumping.ts";

/** The day on which all tests of zones take place: 2026-06-01, 00:00 UTC, in seconds since 1970. */
export const NOW: number = Date.UTC(2026, 5, 1) / 1000;

export const EXAMPLE: Uint8Array = nameFromText("example.");

/** A SOA and NS for example., with a $TTL of 3600, in three lines. */
export const HEAD = `$TTL 3600
@ IN SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns.example.net.
`;

/** A name in text, as the answering path reads it. */
export function nameOf(text: string): Name {
  const wire = nameFromText(text);
  const name = new Name();
  name.read(wire, 0, wire.length);
  return name;
}

export type Text = string | Uint8Array;

export interface Given {
  /** The files that $INCLUDE finds. */
  readonly files?: Readonly<Record<string, Text>>;
  readonly include?: Include;
  readonly apex?: Uint8Array | undefined;
  readonly origin?: Uint8Array | undefined;
  readonly now?: number;
}

/** A text as a file; characters over 127 are taken for octets. */
export function sourceOf(file: string, text: Text): Source {
  return { file, bytes: typeof text === "string" ? Buffer.from(text, "latin1") : text };
}

/** Loads a text as the file "zone", for the apex example. unless told otherwise. */
export function load(text: Text, given: Given = {}): Loaded {
  const { files = {}, now = NOW } = given;
  const include: Include = (path) => (path in files ? sourceOf(path, files[path]) : `can't read ${path}`);
  const apex = "apex" in given ? given.apex : EXAMPLE;
  return loadZone(sourceOf("zone", text), { apex, origin: given.origin, include: given.include ?? include, now });
}

/** What there is to say about a zone, one line each. */
export function told(loaded: Loaded): string[] {
  return loaded.problems.map(problemToText);
}

/** The lines of a loaded zone. Throws, with its problems, when it has not loaded. */
export function dumped(loaded: Loaded): string[] {
  return [...dumpZone(opened(loaded))];
}

export function opened(loaded: Loaded): Zone {
  if (!loaded.image) throw new Error(told(loaded).join("\n"));
  return new Zone(loaded.image);
}

/** The records that lines add to HEAD. */
export function records(lines: Text, given: Given = {}): string[] {
  const text = typeof lines === "string" ? HEAD + lines : Buffer.concat([Buffer.from(HEAD), lines]);
  const head = /^example\. 3600 IN (?:SOA|NS) (?:ns\.example\.net\.)/;
  return dumped(load(text, given)).filter((line) => !head.test(line));
}

/** What there is to say about lines after HEAD; their line numbers count from 1. */
export function problems(lines: string, given: Given = {}): string[] {
  return load(HEAD + lines, given).problems.map((problem) =>
    problemToText(problem.file === "zone" && problem.line > 3 ? { ...problem, line: problem.line - 3 } : problem),
  );
}
