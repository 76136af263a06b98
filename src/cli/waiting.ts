/** --wait: a bar for each POP on a terminal, a line for each event elsewhere, and what came of it. */

import { randomInt } from "node:crypto";
import { NAMED } from "../sync/rollout/outcome.ts";
import { asker } from "../sync/rollout/proof.ts";
import { waitForFleet } from "../sync/rollout/wait.ts";
import type { Published, Spread, Waited } from "../sync/rollout/waited.ts";
import { columns } from "./columns.ts";
import { formatMs } from "./duration.ts";
import { Exit } from "./failure.ts";
import { popBoard } from "./popboard.ts";
import type { Publisher } from "./storeflags.ts";
import type { Teller } from "./teller.ts";
import { defaultTimeoutMs } from "./timeout.ts";

export interface WaitWith {
  /** performance.now() when the swap was sent. */
  readonly since: number;
  /** It was swapped just now: tell how fast it spread. */
  readonly fresh: boolean;
  /** Undefined: as long as is usual. */
  readonly timeoutMs: number | undefined;
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
  { since, fresh, timeoutMs, teller, signal }: WaitWith,
): Promise<number> {
  const { store, signer, trust, by, config } = publisher;
  const board = popBoard(process.stderr);
  const waited = await waitForFleet({
    store,
    published,
    since,
    timeout: timeoutMs ?? defaultTimeoutMs(published),
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
  if (fresh && waited.spread && waited.outcome === "proven") teller.line(spreadText(waited.spread));
  return codeOf(waited);
}

/** From the swap to the POPs' answers. */
function spreadText({ p50, p99 }: Spread): string {
  return `it took p50 ${formatMs(p50)}, p99 ${formatMs(p99)}`;
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

/** The outcome, which names some POPs; before it each that has not proven it, and why, when there are more. */
function linesOf({ pops, text }: Waited): string[] {
  const others = pops.filter(({ standing }) => standing !== "proven");
  if (others.length <= NAMED) return [text];
  return [...columns(others.map(({ pop, standing, why }) => [pop, standing, why])), text];
}
