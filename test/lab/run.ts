/** npm run lab: see --help. The lab itself lives in namespaces of its own (outside.ts), which end with it. */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DRILLS } from "./drills.ts";
import { execIn, runInside } from "./outside.ts";

const HELP = `npm run lab                              start it, show it, keep it until Ctrl-C
npm run lab -- --once                    start it, show it, end
npm run lab -- exec HOST [COMMAND...]    run a command, or a shell, at a host of the lab that runs in another terminal
npm run lab -- drill [NAME...]           run drills, all without a name, and print what they measured
    --quick        one round of ${DRILLS.filter(({ quick }) => quick)
      .map(({ name }) => name)
      .join(", ")}
    --rounds N     rounds of each; the table has the medians. Default 5
    --minutes N    how long the probe flaps. Default 5
    --json FILE    the rows as JSON, too
    --logs DIR     keep what all programs have logged there
npm run lab -- idle                      processor time and memory of POPs that have nothing to do, with anycast and without

Linux, with ip (iproute2), bird and birdc (bird2), dig; nats-server, or else the POPs share a store in a file. As root, or
as anybody who may make user namespaces.

Drills:
${DRILLS.map(({ name, about }) => `    ${name.padEnd(12)} ${about}`).join("\n")}
`;

const { values, positionals } = read();
const [verb = "show", ...rest] = positionals;

if (values.help) {
  process.stdout.write(HELP);
} else if (verb === "exec") {
  process.exitCode = await execIn(process.argv.slice(process.argv.indexOf("exec") + 1));
} else if (
  ["show", "drill", "idle"].includes(verb) &&
  rest.every((name) => DRILLS.some((drill) => drill.name === name))
) {
  const inside = fileURLToPath(new URL("./inside.ts", import.meta.url));
  process.exitCode = await runInside(inside, JSON.stringify({ verb, names: rest, ...values }));
} else {
  process.stderr.write(`npm run lab: there is no ${[verb, ...rest].join(" ")}\n\n${HELP}`);
  process.exitCode = 2;
}

function read() {
  // What is run at a host has flags of its own.
  const args = process.argv.slice(2);
  const exec = args.indexOf("exec");
  return parseArgs({
    args: exec === 0 ? ["exec"] : args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      once: { type: "boolean" },
      quick: { type: "boolean" },
      rounds: { type: "string" },
      minutes: { type: "string" },
      json: { type: "string" },
      logs: { type: "string" },
    },
  });
}
