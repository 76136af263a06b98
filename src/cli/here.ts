/** Tells the POP on this machine what is planned for it, through its control socket: it needs no store. */

import { setTimeout as sleep } from "node:timers/promises";
import { ALL } from "../sync/orders/order.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { type ControlGiven, controlPath, type PopHere, planHere, standingsHere } from "./controlsocket.ts";
import { Exit } from "./failure.ts";
import { type Asked, goalText } from "./goal.ts";
import { untilStopped } from "./interrupt.ts";
import { serviceMeant } from "./planrules.ts";
import { PlanProgress } from "./planwait.ts";

/** Milliseconds between two looks at the POP. */
const LOOK = 200;

type Say = (line: string) => void;

/** Tells it, and waits for it when that is wanted; the exit code. */
export async function tellHere(asked: Asked, given: ControlGiven, by: string): Promise<number> {
  const say: Say = (line) => (asked.json ? process.stderr : process.stdout).write(`${line}\n`);
  const path = controlPath(given);
  const before = await standingsHere(path);
  const meant = serviceMeant(asked, before.pop, before.standings);
  if ("refused" in meant) throw new Refusal(meant.refused);
  const { service } = meant;
  const { to, why, both, force } = asked;
  const which = service === ALL ? { all: true } : { service };
  let here = await planHere(path, { ...which, to, why, by, for: asked.for, both, force });
  say(`${here.pop} is told to ${goalText(to, service === ALL ? "all services" : service)}`);
  let code: number = Exit.DONE;
  if (asked.wait) {
    const waited = await untilStopped((signal) => follow(path, here, service, asked, say, signal));
    ({ code, here } = waited);
  }
  if (asked.json) {
    const outcome = asked.wait ? (code === Exit.DONE ? "done" : "late") : "told";
    const { pop, standings } = here;
    process.stdout.write(`${JSON.stringify({ control: path, pop, outcome, standings }, null, 2)}\n`);
  }
  return code;
}

/** Asks the POP until it is as it was told to be. Rejects with Refusal when it can't be asked any more. */
async function follow(
  path: string,
  first: PopHere,
  service: string,
  { to, timeoutMs }: Asked,
  say: Say,
  stopped: AbortSignal,
): Promise<{ readonly code: number; readonly here: PopHere }> {
  const began = performance.now();
  const meant = (name: string) => service === ALL || name === service;
  const progress = new PlanProgress({ pop: first.pop, to, meant }, say, began);
  for (let here = first; ; here = await standingsHere(path)) {
    const now = performance.now();
    if (progress.take(here.standings, now)) return { code: Exit.DONE, here };
    if (stopped.aborted || now - began > timeoutMs) {
      const when = stopped.aborted ? "when it was stopped" : `after ${timeoutMs / 1000} s`;
      say(`not waiting any longer, ${when}: ${progress.late}; what was planned stands`);
      return { code: Exit.UNPROVEN, here };
    }
    await sleep(LOOK, undefined, { signal: stopped }).catch(() => {});
  }
}
