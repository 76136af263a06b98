/**
 * The stop of a POP, as pure steps: its routes are announced as draining, withdrawn after the notice, and the process goes on
 * answering until the queries have gone elsewhere. Measured: to withdraw and stop at once loses queries wherever a router is
 * slow to hear of it; to wait for longer than routers need loses none.
 */

export interface ShutdownLimits {
  /** Milliseconds that routes are announced as draining. */
  readonly notice: number;
  /** Milliseconds of answering after the withdrawal, at least and at most. */
  readonly least: number;
  readonly most: number;
  /** Gone: fewer than so many percent of the queries before. */
  readonly quiet: number;
}

/** One quiet second may be chance. */
const QUIET_MS = 3_000;

export interface Shutdown {
  readonly phase: "notice" | "withdrawn" | "done";
  /** Of the phase; monotonic. */
  readonly since: number;
  /** Queries per second before anything was done. */
  readonly before: number;
  readonly quietSince: number | undefined;
  readonly why: string;
}

export interface ShutdownStep {
  readonly state: Shutdown;
  /** The most that a prefix may be announced as: one that is less stays so. */
  readonly level: "draining" | "off";
  /** Milliseconds until the next step, if nothing happens. */
  readonly wake: number | undefined;
}

/**
 * The beginning. `announced`: some prefix is. When none is, as at a drained POP, there is nobody to give notice to, and
 * `least` has long passed.
 */
export function beginShutdown(before: number, announced: boolean, now: number, limits: ShutdownLimits): Shutdown {
  const begun = { before, quietSince: undefined };
  if (announced) return { ...begun, phase: "notice", since: now, why: "routes are announced as draining" };
  const since = now - limits.least;
  return { ...begun, phase: "withdrawn", since, why: "nothing is announced; waiting until queries are gone" };
}

/** A step. `rate`: own queries per second, of the last second or so; `hurry`: somebody does not want to wait. */
export function shutdownStep(
  state: Shutdown,
  { rate, hurry }: { readonly rate: number; readonly hurry: boolean },
  now: number,
  limits: ShutdownLimits,
): ShutdownStep {
  const counted = { ...state, quietSince: quietSince(state, rate, now, limits) };
  const next = hurry ? hurried(counted, now) : moved(counted, rate, now, limits);
  return { state: next, level: next.phase === "notice" ? "draining" : "off", wake: wakeAfter(next, now, limits) };
}

function quietSince({ phase, before, quietSince }: Shutdown, rate: number, now: number, { quiet }: ShutdownLimits) {
  if (phase !== "withdrawn" || rate * 100 > before * quiet) return undefined;
  return quietSince ?? now;
}

function hurried(state: Shutdown, now: number): Shutdown {
  return state.phase === "done" ? state : { ...state, phase: "done", since: now, why: "told not to wait" };
}

function moved(state: Shutdown, rate: number, now: number, { notice, least, most }: ShutdownLimits): Shutdown {
  const spent = now - state.since;
  if (state.phase === "notice") {
    if (spent < notice) return state;
    return { ...state, phase: "withdrawn", since: now, why: "routes are withdrawn; waiting until queries are gone" };
  }
  if (state.phase === "done") return state;
  const quiet = state.quietSince !== undefined && now - state.quietSince >= Math.min(QUIET_MS, least);
  if (quiet && spent >= least) return { ...state, phase: "done", since: now, why: "queries are gone" };
  if (spent < most) return state;
  const left = `${Math.round(rate)} of ${Math.round(state.before)} queries per second`;
  return { ...state, phase: "done", since: now, why: `waited for as long as drain.most allows: ${left} still come` };
}

function wakeAfter({ phase, since }: Shutdown, now: number, { notice, most }: ShutdownLimits): number | undefined {
  if (phase === "done") return undefined;
  if (phase === "notice") return Math.max(1, since + notice - now);
  // The rate is looked at every second.
  return Math.max(1, Math.min(1000, since + most - now));
}
