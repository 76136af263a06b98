/** Configurations: any text gives one, or errors that each have a place and are on one line. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, configFromYaml } from "../../../src/config/load.ts";
import { ROOT_DIRECTORY } from "../../support/server.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 2000;
const SMALL = [
  "pop: lhr1\nzones: zones\nlisten: [127.0.0.1@5300, '::1@5300']\n",
  "pop: lhr1\nstore: { trust: ['ed25519:AAAA'], url: 'nats://127.0.0.1' }\n",
  "anycast:\n  as: 64512\n  prefixes:\n    - { prefix: 192.0.2.0/24, addresses: [192.0.2.1] }\n  bgp: { neighbours: [{ address: 127.0.0.1, as: 64513 }] }\n",
  "udp: { payload: 1232 }\ntcp: { idle: 10 }\ncookies: { secrets: [e5e973e5a6b2a43f48e7dc849e37bfcf] }\n",
  "a: &x [1, *x]\nb: !!binary aaaa\n? [c]\n: 'd'\n--- e\n... \n%YAML 1.2\n",
  "pop: |\n  a\n  b\nzones: >-\n  c\nadmin: { listen: 0x1f, token: ~ }\n",
];
const WORDS =
  "\n|  |- |: |{ |}|[|]|, |'|\"|\\U|\\x|# |&a |*a|<<: *a|!!str |!!map |? |>|~|null|.inf|.nan|0x|0o7|1e3|---\n|\t|%TAG ! x\n".split(
    "|",
  );

export function open(): Target {
  const example = readFileSync(join(ROOT_DIRECTORY, "deploy/pop.yaml"), "latin1");
  const texts = [example, uncommented(example)].flatMap((text) => text.replace(/^ *#.*\n/gm, "").split(/\n(?=[a-z])/));
  return {
    name: "config",
    most: MOST,
    seeds: [...SMALL, ...texts.map((text) => text.slice(0, MOST))].map(octetsOf),
    words: WORDS.map(octetsOf),
    check,
  };
}

/** The example with everything in it that stands in comments: options, and items of lists that are empty. */
function uncommented(text: string): string {
  return text
    .replace(/: \[\]\n((?: *# - .*\n)+)/g, (_, items: string) => `:\n${items.replaceAll("# ", "")}`)
    .replace(/^( *)# ?( *[a-z-]+: ?\S.*)$/gm, "$1$2");
}

function check(input: Uint8Array): void {
  // As a file is read: what is no UTF-8 becomes U+FFFD.
  const text = Buffer.from(input.buffer, input.byteOffset, input.length).toString();
  try {
    configFromYaml(text, "pop.yaml");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    must(error.lines.length > 0, "an error without a line");
    const lines = text.split("\n").length;
    for (const line of error.lines) {
      const [, at] = /^pop\.yaml:(\d+):\d+ {2}\S/.exec(line) ?? [];
      must(at !== undefined && !/[\n\r]/.test(line), `no place and sentence on one line: ${JSON.stringify(line)}`);
      must(Number(at) >= 1 && Number(at) <= lines, `line ${at} of ${lines}`);
    }
  }
}
