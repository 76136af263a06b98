/** The service manager that this process runs under, if any: told of the start, the end, and that there is life in it. */

import type { Tell } from "./log.ts";
import { SignsOfLife, watchdogEvery } from "./notices.ts";
import { openNotify } from "./notify.ts";
import type { AnswerThread } from "./threads.ts";

export interface Manager {
  /** Zones are served. `taken`: in the place of another process, which was the service's main one. */
  ready(text: string, taken: boolean): void;
  /** All zones are being looked at again, which disturbs nobody. */
  reloaded(): void;
  /** The end has begun; one that has an heir says nothing, for the service goes on. */
  stopping(): void;
}

/** `watchdog`: WATCHDOG_USEC as the process before had it; systemd gives it to the first process of a service only. */
export async function openManager(
  threads: readonly AnswerThread[],
  tell: Tell,
  watchdog: string | undefined,
): Promise<Manager> {
  const { env } = process;
  if (watchdog !== undefined) {
    env.WATCHDOG_USEC = watchdog;
    delete env.WATCHDOG_PID;
  }
  const notify = await openNotify(env, tell);
  const every = watchdogEvery(env, process.pid);
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    if (every === undefined) return;
    const signs = new SignsOfLife();
    const look = () => {
      const seen = threads.map(({ standing, pulse }) => ({
        answering: standing === "answering",
        collecting: pulse.isCollecting,
        beats: pulse.beats,
      }));
      if (signs.look(seen)) notify({ kind: "watchdog" });
    };
    look();
    timer = setInterval(look, every).unref();
  };
  return {
    ready: (text, taken) => {
      notify(
        ...(taken ? [{ kind: "main", pid: process.pid } as const] : []),
        { kind: "ready" },
        { kind: "status", text },
      );
      begin();
      // Whoever has started us with --detach waits for this.
      process.send?.("ready", () => process.disconnect());
    },
    reloaded: () => {
      notify({ kind: "reloading" });
      notify({ kind: "ready" });
    },
    stopping: () => {
      clearInterval(timer);
      notify({ kind: "stopping" }, { kind: "status", text: "stopping" });
    },
  };
}
