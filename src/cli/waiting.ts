/** --wait: a bar for each POP on a terminal, a line for each event elsewhere, and what came of it. */

import { randomInt } from "node:crypto";
import { asker } from "../sync/rollout/proof.ts";
import { waitForFleet } from "../sync/rollout/wait.ts";
import type { Published, Waited } from "../sync/rollout/waited.ts";
import { Exit } from "./failure.ts";
import { popBoard } from "./popboard.ts";
import type { Publisher } from "./storeflags.ts";
import type { Teller } from "./teller.ts";

export interface WaitWith {
  /** performance.now() when the swap was sent. */
  readonly since: number;
  readonly timeoutMs: number;
  readonly teller: Pick<Teller, "line" | "loud" | "waited">;
  readonly signal: AbortSignal;
}

/** Milliseconds for an answer of a POP, and how many questions it is asked before the next report. */
const ANSWER_MS = 1000;
const TRIES = 2;

/** Waits until every announcing POP has proven that it answers with these; the exit code. */
export async function waitAndTell(
  publisher: Publisher,
  published: readonly Published[],
  { since, timeoutMs, teller, signal }: WaitWith,
): Promise<number> {
  const { store, signer, trust, by, config } = publisher;
  const board = popBoard(process.stderr);
  const waited = await waitForFleet({
    store,
    published,
    since,
    timeout: timeoutMs,
    clock: { now: Date.now, monotonic: () => performance.now() },
    ask: asker({ timeout: ANSWER_MS, tries: TRIES, random: randomInt }),
    conduct: { hand: { store, signer, trust, by }, limits: config.publish.jumps },
    ledger: by,
    signal,
    tell: (event) => {
      const line = board.take(event);
      if (line !== undefined) teller.line(line);
    },
  }).finally(() => board.clear());
  teller.waited(waited);
  for (const line of linesOf(waited)) teller.loud(line);
  return codeOf(waited);
}

function codeOf({ outcome }: Waited): number {
  switch (outcome) {
    case "proven":
      return Exit.DONE;
    case "late":
      return Exit.UNPROVEN;
    case "back":
      return Exit.WENT_BACK;
  }
}

/** Each POP that has not proven it and why, and the outcome. */
function linesOf({ pops, text }: Waited): string[] {
  const others = pops.filter(({ standing }) => standing !== "proven");
  return [...others.map(({ pop, standing, why }) => `${pop} ${standing}${why === "" ? "" : `: ${why}`}`), text];
}
