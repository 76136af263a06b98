/** POPs on a terminal, a bar each, drawn anew as they prove themselves. */

import type { PopStanding, WaitEvent } from "../sync/rollout/waited.ts";
import { formatMs } from "./duration.ts";
import { drawBar } from "./progressbar.ts";

/** What is taken of a terminal that does not tell its size. */
const COLUMNS = 80;
const ROWS = 24;
const WIDTH = 20;

export interface PopBoard {
  /** Takes an event; the line to be written for it, where there is no terminal or no bar can show it. */
  take(event: WaitEvent): string | undefined;
  /** Takes the bars away. */
  clear(): void;
}

/** A board on a terminal; elsewhere every event is a line. */
export function popBoard(stream: NodeJS.WriteStream): PopBoard {
  if (!stream.isTTY) return { take: eventLine, clear: () => {} };
  const pops = new Map<string, PopStanding>();
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  return {
    clear,
    take(event) {
      clear();
      if (event.say !== "pop") return eventLine(event);
      pops.set(event.pop.pop, event.pop);
      const size = { columns: stream.columns || COLUMNS, rows: stream.rows || ROWS };
      const lines = boardLines([...pops.values()], event.proven, event.of, size);
      stream.write(lines.map((line) => `${line}\n`).join(""));
      drawn = lines.length;
      return undefined;
    },
  };
}

/** The board's lines, none longer than the terminal is wide. More POPs than fit on it share one bar. */
export function boardLines(
  pops: readonly PopStanding[],
  proven: number,
  of: number,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string[] {
  const sum = `${drawBar(of === 0 ? 0 : proven / of, WIDTH)} ${proven} of ${of} POPs`;
  // One line for the sum, and one that the cursor is in.
  if (pops.length > rows - 2) return [sum.slice(0, columns - 1)];
  const width = Math.max(...pops.map(({ pop }) => pop.length));
  const lines = [...pops]
    .sort((a, b) => (a.pop < b.pop ? -1 : 1))
    .map(({ pop, standing, why, ms }) => {
      const bar = drawBar(standing === "proven" ? 1 : 0, WIDTH);
      return `${pop.padEnd(width)} ${bar} ${stateOf(standing, why, ms)}`.slice(0, columns - 1);
    });
  return [...lines, sum.slice(0, columns - 1)];
}

/** An event as a line. */
export function eventLine(event: WaitEvent): string {
  if (event.say !== "pop") return event.say === "rollout" ? `${event.zone} ${event.text}` : event.text;
  const { pop, standing, why, ms } = event.pop;
  return `${pop} ${stateOf(standing, why, ms)} (${event.proven} of ${event.of})`;
}

/** What a POP does, after its name. */
function stateOf(standing: string, why: string, ms: number | undefined): string {
  if (why !== "") return why;
  return ms === undefined ? standing : `${standing} after ${formatMs(ms)}`;
}
