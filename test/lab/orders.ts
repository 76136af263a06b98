/** The command line of npm run lab. */

import { parseArgs } from "node:util";
import { DRILLS } from "./drills.ts";

export interface Orders {
  readonly verb: "show" | "drill" | "idle";
  readonly once: boolean;
  /** Names of drills; none: all. */
  readonly drills: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly minutes: number;
  /** Files and folders that are written. */
  readonly json: string | undefined;
  readonly logs: string | undefined;
}

const VERBS: readonly string[] = ["show", "drill", "idle"];
const ROUNDS = 5;
const MINUTES = 5;

export const HELP = `npm run lab                              start it, show it, keep it until Ctrl-C
npm run lab -- --once                    start it, show it, end
npm run lab -- exec HOST [COMMAND...]    run a command, or a shell, at a host of the lab that runs in another terminal
npm run lab -- drill [NAME...]           run drills, all without a name, and print what they measured
    --quick        one round, and without a name these: ${DRILLS.filter(({ quick }) => quick)
      .map(({ name }) => name)
      .join(", ")}
    --rounds N     rounds of each; the table has the medians. Default ${ROUNDS}
    --minutes N    how long the probe flaps. Default ${MINUTES}
    --json FILE    the rows as JSON, too
    --logs DIR     what all programs have logged goes there
npm run lab -- idle                      processor time and memory of POPs that have nothing to do, with anycast and without

Linux, with ip (iproute2), bird and birdc (bird2), dig; nats-server, or else the POPs share a store in a file. As root, or
as anybody who may make user namespaces.

Drills:
${DRILLS.map(({ name, about }) => `    ${name.padEnd(10)} ${about}`).join("\n")}
`;

/** Reads the command line, but for exec; "help", or an Error's sentence for what can't be understood. */
export function readOrders(args: readonly string[]): Orders | "help" | Error {
  const read = parsed(args);
  if (read instanceof Error) return read;
  const { values, positionals } = read;
  const [verb = "show", ...drills] = positionals;
  const unknown = drills.find((name) => !DRILLS.some((drill) => drill.name === name));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : ROUNDS));
  const minutes = Number(values.minutes ?? MINUTES);
  if (values.help) return "help";
  if (!VERBS.includes(verb)) return new Error(`there is no ${verb}; there is drill, exec and idle`);
  if (unknown !== undefined) return new Error(`there is no drill ${unknown}`);
  if (!Number.isInteger(rounds) || rounds < 1) return new Error("--rounds: expected a whole number, 1 or more");
  if (!(minutes > 0 && minutes <= 60)) return new Error("--minutes: expected a number, 60 at most");
  const { once = false, quick = false, json, logs } = values;
  return { verb: verb as Orders["verb"], once, drills, quick, rounds, minutes, json, logs };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
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
  } catch (error) {
    return error as Error;
  }
}
