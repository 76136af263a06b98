/** What a service manager is told, and when: the lines of sd_notify(3), as text. Pure; notify.ts sends them. */

/** What the server has come to. */
export type Notice =
  | { readonly kind: "ready" | "stopping" | "reloading" | "watchdog" }
  /** Another process has taken our place, or we that of another. */
  | { readonly kind: "main"; readonly pid: number }
  | { readonly kind: "status"; readonly text: string };

/** The datagram for notices that belong together. `monotonic`: microseconds of CLOCK_MONOTONIC, which RELOADING wants. */
export function datagramOf(notices: readonly Notice[], monotonic: number): string {
  return notices.flatMap((notice) => linesOf(notice, monotonic)).join("\n");
}

function linesOf(notice: Notice, monotonic: number): string[] {
  switch (notice.kind) {
    case "ready":
      return ["READY=1"];
    case "stopping":
      return ["STOPPING=1"];
    case "reloading":
      return ["RELOADING=1", `MONOTONIC_USEC=${Math.floor(monotonic)}`];
    case "watchdog":
      return ["WATCHDOG=1"];
    case "main":
      return [`MAINPID=${notice.pid}`];
    case "status":
      // One line is one assignment.
      return [`STATUS=${notice.text.replaceAll("\n", " ")}`];
  }
}

/** Milliseconds between two signs of life: half of WATCHDOG_USEC; undefined when none are awaited, or another's are. */
export function watchdogEvery(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: whose } = environment;
  if (microseconds === undefined || !/^[1-9]\d*$/.test(microseconds)) return undefined;
  if (whose !== undefined && Number(whose) !== pid) return undefined;
  return Number(microseconds) / 2000;
}

/** What there is to see of a thread that answers. */
export interface Beating {
  /** It has its sockets. */
  readonly answering: boolean;
  readonly collecting: boolean;
  readonly beats: number;
}

/**
 * Whether a thread of each look at pulses has moved since the one before: a server none of whose threads answers is no
 * better than a dead one, and the manager may start it anew. One thread that hangs is replaced by ourselves.
 */
export class SignsOfLife {
  #before: readonly number[] = [];

  /** Looks once; true when there is life. */
  look(threads: readonly Beating[]): boolean {
    const before = this.#before;
    this.#before = threads.map(({ beats }) => beats);
    // Not started yet: the manager's time for a start is running, and not the watchdog's.
    if (threads.length === 0) return true;
    return threads.some(({ answering, collecting, beats }, i) => answering && (collecting || beats !== before[i]));
  }
}
