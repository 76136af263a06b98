/** POPs on a terminal, a bar each, drawn anew as they prove themselves. */

import type { PopStanding, WaitEvent } from "../sync/rollout/waited.ts";
import { formatMs } from "./duration.ts";
import { drawBar } from "./progressbar.ts";

/** More POPs share one bar: a screen is no longer than that. */
const MOST = 30;
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
      const lines = boardLines([...pops.values()], event.proven, event.of, stream.columns ?? 80);
      stream.write(lines.map((line) => `${line}\n`).join(""));
      drawn = lines.length;
      return undefined;
    },
  };
}

/** The board's lines, none longer than the terminal is wide. */
export function boardLines(pops: readonly PopStanding[], proven: number, of: number, columns: number): string[] {
  const sum = `${drawBar(of === 0 ? 0 : proven / of, WIDTH)} ${proven} of ${of} POPs`;
  if (pops.length > MOST) return [sum];
  const width = Math.max(...pops.map(({ pop }) => pop.length));
  const lines = [...pops]
    .sort((a, b) => (a.pop < b.pop ? -1 : 1))
    .map(({ pop, standing, why, ms }) => {
      const bar = drawBar(standing === "proven" ? 1 : 0, WIDTH);
      const rest = ms === undefined ? why : formatMs(ms);
      return `${pop.padEnd(width)} ${bar} ${standing} ${rest}`.slice(0, columns - 1);
    });
  return [...lines, sum.slice(0, columns - 1)];
}

/** An event as a line. */
export function eventLine(event: WaitEvent): string {
  if (event.say !== "pop") return event.say === "rollout" ? `${event.zone} ${event.text}` : event.text;
  const { pop, standing, why, ms } = event.pop;
  const took = ms === undefined ? "" : ` after ${formatMs(ms)}`;
  return `${pop} ${standing}${took}${why === "" ? "" : `: ${why}`} (${event.proven} of ${event.of})`;
}
