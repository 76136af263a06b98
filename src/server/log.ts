/**
 * The log: one event, one line, each with the POP's name and the version. Never waits and never ends the server: what a
 * full disk or a dead pipe does not take is dropped, and said once on stderr.
 */

import { type DestinationStream, type Logger, pino } from "pino";

/** An event for the log: what happened, in the words of an operator. */
export type Tell = (
  level: "info" | "warn" | "error",
  event: string,
  facts: Readonly<Record<string, unknown>>,
  text: string,
) => void;

/** Writes events to a log. */
export function teller(logger: Logger): Tell {
  return (level, event, facts, text) => logger[level]({ event, ...facts }, text);
}

/** Lines that wait for a slow reader, in octets; past that they are dropped. */
const MOST_WAITING = 4 << 20;

export interface LogSettings {
  readonly level: string;
  readonly format: "json" | "text";
  readonly pop: string;
  readonly version: string;
}

export interface Log {
  readonly logger: Logger;
  /** Writes out what waits; gives up soon when nobody takes it. */
  flush(): Promise<void>;
}

/** The end of the server does not wait longer than this for the log. */
const FLUSH_MS = 500;
/** A log that failed is tried again: disks are cleaned up. */
const REOPEN_MS = 5000;

type Output = ReturnType<typeof pino.destination>;

/** Opens the log on standard output. */
export function openLog(settings: LogSettings): Log {
  let output: Output | undefined;
  let complained = false;
  const complain = (why: string) => {
    if (complained) return;
    complained = true;
    process.stderr.write(`zonecast: can't write the log: ${why}; answering goes on without it\n`);
  };
  const open = () => {
    const opened = pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING });
    opened.on("error", (error: NodeJS.ErrnoException) => {
      complain(error.code === "ENOSPC" ? "no space left on the device: free some" : (error.code ?? error.message));
      // A destination that failed would try its lines for ever, at the process's end too.
      opened.destroy();
      output = undefined;
      setTimeout(open, REOPEN_MS).unref();
    });
    opened.on("drop", () => complain("its reader is too slow, lines are dropped"));
    output = opened;
  };
  // Nobody is left to tell when stderr fails as well.
  process.stderr.on("error", () => {});
  open();
  const toLine = settings.format === "json" ? (line: string) => line : lineToText;
  const stream: DestinationStream = { write: (line) => void output?.write(toLine(line)) };
  const logger = pino(
    {
      level: settings.level,
      base: { pop: settings.pop, version: settings.version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    logger,
    // Not flushSync: on a full disk that tries again for ever.
    flush: () =>
      new Promise((resolve) => {
        setTimeout(resolve, FLUSH_MS);
        if (output) output.flush(() => resolve());
        else resolve();
      }),
  };
}

/** A JSON line as a person reads it: time, level, POP, message. */
function lineToText(line: string): string {
  const { time, level, pop, msg } = JSON.parse(line) as Record<string, string>;
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${pop} ${msg}\n`;
}
