/** What the system's signals ask of a server: SIGHUP to look at all zones, SIGTERM and SIGINT to stop, twice to hurry. */

import type { Logger } from "pino";

export interface Signals {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly stop: Promise<void>;
  /** Aborted by it. */
  readonly stopped: AbortSignal;
  /** Aborted by the second; the next one ends the process at once. */
  readonly hurry: AbortSignal;
  /** The last things are being done: from now on every further signal ends the process at once. */
  closing(): void;
}

/** Listens to signals. */
export function listenToSignals(log: Logger, reload: () => void): Signals {
  const stopped = new AbortController();
  const hurry = new AbortController();
  let stopping = false;
  let closing = false;
  process.on("SIGHUP", () => {
    log.info({ event: "reload" }, "SIGHUP: looking at all zones");
    reload();
  });
  const stop = new Promise<void>((resolve) => {
    const asked = (signal: NodeJS.Signals) => {
      // Not process.exit, which waits for every thread, one that hangs in the kernel too.
      if (stopping && (closing || hurry.signal.aborted)) process.kill(process.pid, "SIGKILL");
      if (stopping) {
        log.warn(
          { event: "hurrying", signal },
          `${signal} again: what is waited for is left out; once more ends it at once`,
        );
        hurry.abort();
        return;
      }
      stopping = true;
      stopped.abort();
      log.info({ event: "stopping", signal }, `${signal}: stopping`);
      resolve();
    };
    process.on("SIGTERM", asked);
    process.on("SIGINT", asked);
  });
  return {
    stop,
    stopped: stopped.signal,
    hurry: hurry.signal,
    closing: () => {
      closing = true;
    },
  };
}
