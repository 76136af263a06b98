/** zonecast conduct: bring all rollouts on, at the centre of a fleet. */

import { randomInt } from "node:crypto";
import { conduct } from "../sync/rollout/conduct.ts";
import { asker } from "../sync/rollout/proof.ts";
import { Exit } from "./failure.ts";
import { parseFlags, type Verb } from "./flags.ts";
import { untilStopped } from "./interrupt.ts";
import { publisherFlags, withPublisher } from "./storeflags.ts";

const flags = {
  ...publisherFlags,
  json: { help: "Log in JSON, an object a line: { time, zone, event, text }." },
} as const;

export const conductVerb: Verb<typeof flags> = {
  name: "conduct",
  about: [
    "Bring all rollouts on, wave by wave, and back when they go wrong, until it is stopped.",
    "Several at once do no harm: one goes on where another has died.",
  ].join("\n"),
  flags,
};

/** Milliseconds for an answer of a POP, and how many questions it is asked. */
const ANSWER_MS = 500;
const TRIES = 3;

/** Runs the verb until SIGINT or SIGTERM; the exit code. */
export async function runConduct(args: readonly string[]): Promise<number> {
  const { flags: given } = parseFlags(conductVerb, args);
  const log = logger(given.json === true);
  return untilStopped((signal) =>
    withPublisher(given, async ({ store, signer, trust, by, config }) => {
      log(undefined, "started", `conducts the rollouts of ${store.where} as ${by}`);
      await conduct({
        hand: { store, signer, trust, by },
        limits: config.publish.jumps,
        clock: { now: Date.now, monotonic: () => performance.now() },
        signal,
        ask: asker({ timeout: ANSWER_MS, tries: TRIES, random: randomInt }),
        ledger: true,
        tell: ({ zone, say, text }) => log(zone, say, text),
      });
      log(undefined, "stopped", "what is under way stays as it is");
      return Exit.DONE;
    }),
  );
}

/** A line for each event. */
function logger(json: boolean): (zone: string | undefined, event: string, text: string) => void {
  return (zone, event, text) => {
    const time = new Date().toISOString();
    const line = json
      ? JSON.stringify({ time, ...(zone === undefined ? {} : { zone }), event, text })
      : `${time} ${zone === undefined ? "" : `${zone} `}${event}: ${text}`;
    process.stdout.write(`${line}\n`);
  };
}
