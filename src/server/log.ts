/**
 * The log: one event, one line, each with the POP's name and the version. Never waits and never ends the server: what a
 * full disk or a dead pipe does not take is dropped, and said once on stderr.
 */

import { type DestinationStream, type Logger, pino } from "pino";

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
  /** Writes out what waits, as far as that works. */
  flush(): void;
}

/** Opens the log on standard output. */
export function openLog(settings: LogSettings): Log {
  const output = pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING });
  let complained = false;
  const complain = (why: string) => {
    if (complained) return;
    complained = true;
    try {
      process.stderr.write(`zonecast: can't write the log: ${why}; answering goes on without it\n`);
    } catch {
      // There is nobody left to tell.
    }
  };
  output.on("error", (error: NodeJS.ErrnoException) => {
    complain(error.code === "ENOSPC" ? "no space left on the device: free some" : (error.code ?? error.message));
  });
  output.on("drop", () => complain("its reader is too slow, lines are dropped"));
  const stream: DestinationStream =
    settings.format === "json" ? output : { write: (line) => void output.write(lineToText(line)) };
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
    flush: () => {
      try {
        output.flushSync();
      } catch {
        // Said already, or too late to say.
      }
    },
  };
}

/** A JSON line as a person reads it: time, level, POP, message. */
function lineToText(line: string): string {
  const { time, level, pop, msg } = JSON.parse(line) as Record<string, string>;
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${pop} ${msg}\n`;
}
