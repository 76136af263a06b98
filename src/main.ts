/** zonecast: parse the command line, run one verb, exit with its code. */

import { readFileSync } from "node:fs";
import { checkVerb, runCheck } from "./cli/check.ts";
import { helpOf, UsageError } from "./cli/flags.ts";
import { runServe, serveVerb } from "./cli/serve.ts";
import { ConfigError } from "./config/load.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const help = `zonecast ${version}: an anycast authoritative DNS server

Usage: zonecast VERB [flags]

  serve    ${serveVerb.about}
  check    Check zone files before a server has to.

"zonecast VERB --help" tells more.
`;

/** 2 is for a command line or configuration that can't be understood. */
const USAGE = 2;

async function run(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const asked = rest.includes("--help") || rest.includes("-h");
  switch (verb) {
    case "serve":
      return asked ? show(helpOf(serveVerb)) : runServe(rest, version);
    case "check":
      return asked ? show(helpOf(checkVerb)) : runCheck(rest);
    case "--version":
      return show(`${version}\n`);
    case "help":
    case "--help":
    case "-h":
      return show(help);
    default:
      process.stderr.write(verb === undefined ? help : `zonecast: no such verb: ${verb}\n\n${help}`);
      return USAGE;
  }
}

function show(text: string): number {
  process.stdout.write(text);
  return 0;
}

// "zonecast check … | head": a reader that has seen enough is no error.
process.stdout.on("error", () => {});

try {
  const [verb] = process.argv.slice(2);
  process.exitCode = await run(process.argv.slice(2));
  // A log line that a dead pipe will never take must not keep a stopped server alive.
  if (verb === "serve") process.exit();
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`zonecast: ${error.message}; see --help\n`);
  else if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else throw error;
  process.exitCode = USAGE;
}
