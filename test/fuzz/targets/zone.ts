/**
 * Zone texts: whatever the text, loading gives an image or errors with a place inside the file; and an image's own text
 * makes the same image again, octet for octet. The first octet says for which apex.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: "${…}" is what $GENERATE calls a modifier.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameFromText } from "../../../src/text/name.ts";
import { Zone } from "../../../src/zone/image.ts";
import { type Loaded, loadZone } from "../../../src/zone/load.ts";
import type { Include } from "../../../src/zone/master.ts";
import { zoneText } from "../../../src/zone/text.ts";
import { ROOT_DIRECTORY } from "../../support/server.ts";
import { HEAD, NOW, sourceOf } from "../../zone/loading.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

/** Longer ones go no other ways, and take their time: half of it for those of 4 kB that the folders have. */
const MOST = 1500;
/**
 * $GENERATE may make a million records of one line, and does in seconds: test/fuzz/zonetext.test.ts holds it to that. Here
 * one that makes more than this is passed over: it would be all that there is time for.
 */
const MOST_GENERATED = 2000;
const MOST_INCLUDED = 6;
const FOLDERS = ["zones", "test/zone/good", "test/zone/broken"];
const WORDS =
  '\n$ORIGIN \n$TTL 60\n \n$INCLUDE x\n \n$INCLUDE abcd\n \n$GENERATE 1-9/3 x$ A 192.0.2.$\n|${0,3,n}|${-1,2,X}| \\# 4 c0000201|\\#|\\|( |)\n|;|"|@ |*.|\\046|\\000| 1h2w | CH | IN | ANY | TYPE1 | TYPE65280 \\# 0| alpn=h2,h3 key65535=x | mandatory=alpn |2001:db8::1|192.0.2.1|20260101000000|a.b.c.|\n@ NSEC a A NS TYPE1234\n|\nx CNAME y\n|\nx DNAME y\n|\r\n'.split(
    "|",
  );
const APEXES = [undefined, ...[".", "example.", "company.example."].map((name) => nameFromText(name))];

export function open(): Target {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT_DIRECTORY, folder))
      .filter((file) => file.endsWith(".zone"))
      .map((file) => readFileSync(join(ROOT_DIRECTORY, folder, file)).subarray(0, MOST - 1)),
  );
  return {
    name: "zone",
    most: MOST,
    slow: 20,
    seeds: [octetsOf(HEAD), ...files].flatMap((text) => [0, 2].map((apex) => Uint8Array.of(apex, ...text))),
    words: [HEAD, ...WORDS].map(octetsOf),
    check,
  };
}

function check(input: Uint8Array): void {
  const apex = APEXES[input[0] % APEXES.length];
  const text = input.subarray(1);
  if (generatesMuch(text)) return;
  const loaded = loadZone({ file: "zone", bytes: text }, { apex, include: includes(text), now: NOW });
  judge(loaded, text);
  if (loaded.image === undefined) return;
  const own = zoneText(new Zone(loaded.image));
  const again = loadZone({ file: "own", bytes: own }, { apex: loaded.apex, include: () => "none", now: NOW });
  const what = again.problems.find(({ severity }) => severity === "error")?.message;
  must(again.image !== undefined, `a zone's own text does not load: ${what}`);
  must(
    Buffer.compare(new Uint8Array(again.image), new Uint8Array(loaded.image)) === 0,
    "another image of its own text",
  );
}

/** What is told fits the text: a place that is in it, a sentence on one line. */
function judge(loaded: Loaded, text: Uint8Array): void {
  must((loaded.image === undefined) === loaded.errors > 0, `${loaded.errors} errors, and an image or none`);
  must(loaded.problems.some(({ severity }) => severity === "error") === loaded.errors > 0, "errors are counted wrong");
  if (loaded.problems.length === 0) return;
  const ends = lineEnds(text);
  for (const { file, line, column, message } of loaded.problems) {
    must(message !== "" && !/[\n\r]/.test(message), `no sentence on one line: ${JSON.stringify(message)}`);
    if (file !== "zone" || line === 0) continue;
    must(line <= ends.length, `line ${line} of ${ends.length}`);
    const length = ends[line - 1] - (line === 1 ? 0 : ends[line - 2] + 1);
    must(column >= 1 && column <= length + 1, `column ${column} of ${length} in line ${line}`);
  }
}

function lineEnds(text: Uint8Array): number[] {
  const ends: number[] = [];
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, end + 1)) ends.push(end);
  return [...ends, text.length];
}

/** A file that is not there, one that is the text itself, and a small one; few of them, as with $GENERATE. */
function includes(text: Uint8Array): Include {
  let left = MOST_INCLUDED;
  return (path) => {
    if (path.length % 3 === 0 || --left < 0) return "no such file";
    return sourceOf(path, path.length % 3 === 1 ? text : "x A 1.2.3.4");
  };
}

function generatesMuch(text: Uint8Array): boolean {
  const found = Buffer.from(text.buffer, text.byteOffset, text.length)
    .toString("latin1")
    .matchAll(/\$generate[\s(]+(\d+)-(\d+)(?:\/(\d+))?/gi);
  let count = 0;
  for (const [, start, stop, step = "1"] of found) count += (Number(stop) - Number(start)) / Math.max(1, Number(step));
  return count > MOST_GENERATED;
}
