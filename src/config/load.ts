/** pop.yaml → Config. Every error at once, each with file:line:column and what was expected. */

import { type ErrorCode, LineCounter, type Node, parseDocument, type YAMLError } from "yaml";
import { type Config, schema } from "./schema.ts";

/** Errors in the configuration, ready to be shown. */
export class ConfigError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "ConfigError";
    this.lines = lines;
  }
}

/** The configuration when there is no file. */
export const defaults: Config = schema.fallback;

/** Reads a configuration. Throws ConfigError with a line for each problem. */
export function configFromYaml(yaml: string, file: string): Config {
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false });
  const lines: string[] = [];
  const tell = (offset: number, message: string) => {
    const { line, col } = counter.linePos(offset);
    lines.push(`${file}:${line}:${col}  ${onOneLine(message)}`);
  };
  for (const error of document.errors) tell(error.pos[0], syntaxError(error));
  if (lines.length > 0) throw new ConfigError(lines);
  const complain = (node: Node | undefined, message: string) => tell(node?.range?.[0] ?? 0, message);
  const config = document.contents ? schema.read(document.contents as Node, "", complain) : defaults;
  if (lines.length > 0) throw new ConfigError(lines);
  return config;
}

/** What YAML quotes of the file where it can't read on may be a secret that begins with "*", "!" or "%". */
const QUOTING: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'an alias ("*") without its anchor: put quotes around a text that begins with "*"',
  TAG_RESOLVE_FAILED: 'an unknown tag ("!"): put quotes around a text that begins with "!"',
  BAD_DIRECTIVE: 'an unknown directive ("%"): put quotes around a text that begins with "%"',
  BAD_DQ_ESCAPE: 'no such escape in double quotes: write "\\\\" for a backslash, or use single quotes',
  UNEXPECTED_TOKEN: "this is not YAML: see the indentation, and put quotes around texts with special characters",
  BAD_SCALAR_START: "a text can't begin so: put quotes around it",
  DUPLICATE_KEY: "this name is here twice: leave out one of them",
};

function syntaxError({ code, message }: YAMLError): string {
  return QUOTING[code] ?? message;
}

/** What the file holds may be quoted in a message: control characters of it are shown, and not obeyed by a terminal. */
function onOneLine(message: string): string {
  return message.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** "pop.yaml:3:8", where the value at a path begins: for what only shows once the file has been read. */
export function placeInYaml(yaml: string, file: string, path: readonly string[]): string {
  const counter = new LineCounter();
  const node = parseDocument(yaml, { lineCounter: counter }).getIn(path, true) as Node | undefined;
  const { line, col } = counter.linePos(node?.range?.[0] ?? 0);
  return `${file}:${line}:${col}`;
}
