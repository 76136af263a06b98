/**
 * The health of one prefix as a pure machine: what its checks said, one after the other, makes a verdict.
 *
 *   init ──► up ⇄ suspect ──► down ──► cooldown ──► up
 *
 * It falls fast: by `fall` failures in a row of one check, or at once by a hard fact of the whole POP (a thread hangs).
 * It starts fast: every check good once. It comes back slowly: no hard fact, every check good `rise` times in a row since
 * the fall, and then what its past demands (past.ts). From "dead" it can come back to "wrong" in the same way, when every
 * check is answered: a zone that is wrong everywhere must not keep POPs withdrawn for a hard fault that they no longer have.
 *
 * Time is monotonic, in milliseconds. That the store is lost is no event here.
 */

import { fallen, nothingYet, type Past, risen, type Wait, waitOf } from "./past.ts";
import { begunAnew, counted, failed, type Run, UNASKED } from "./run.ts";
import type { HealthLimits, Outcome, Verdict } from "./verdict.ts";

/**
 * "init": not proven yet. "suspect": good, but the last outcome of a check was not. "down": something is wrong, or was
 * until just now. "cooldown": all is good again, and it waits.
 */
export type Phase = "init" | "up" | "suspect" | "down" | "cooldown";

export interface Health {
  readonly phase: Phase;
  readonly verdict: Verdict;
  /** Since when it is the verdict. */
  readonly since: number;
  /** Why it is not good. */
  readonly why: string | undefined;
  readonly checks: ReadonlyMap<string, Run>;
  /** Hard facts of the whole POP: key → why. */
  readonly facts: ReadonlyMap<string, string>;
  /** The last fault since it was good; one that stays keeps its words, so that `why` does not flicker. */
  readonly cause: Fault | undefined;
  readonly past: Past;
  /** In cooldown: a tick is due when it ends. */
  readonly wait: Wait | undefined;
}

export type HealthEvent =
  | { readonly say: "outcome"; readonly check: string; readonly outcome: Outcome }
  /** A hard fact of the whole POP; `why` undefined: it is no longer so. */
  | { readonly say: "fact"; readonly key: string; readonly why: string | undefined }
  | { readonly say: "tick" };

interface Fault {
  /** A check, a fact's key, or "restart". */
  readonly of: string;
  readonly verdict: "wrong" | "dead";
  readonly why: string;
}

const RANK = { good: 0, unproven: 0, wrong: 1, dead: 2 } as const;
const VERDICT = { hard: "dead", wrong: "wrong" } as const;

/** At a start. `past`: what an earlier process has left behind. */
export function initialHealth(
  checks: readonly string[],
  now: number,
  limits: HealthLimits,
  past: Past = nothingYet(now),
): Health {
  const runs = new Map(checks.map((check) => [check, UNASKED]));
  const begun = { phase: "init", verdict: "unproven", since: now, facts: new Map(), wait: undefined } as const;
  const cause = past.standing === "new" ? undefined : legacyOf(past.standing);
  const why = pending(cause, runs);
  return { ...begun, checks: runs, cause, past: fallen(past, now, limits), why };
}

function legacyOf(standing: "up" | "fallen"): Fault {
  const crashed = "the process before this one ended without having been told to";
  const why = standing === "up" ? crashed : "it was down when the process before this one ended";
  return { of: "restart", verdict: "dead", why };
}

/** The health after an event. RangeError for a check that it does not have. */
export function step(state: Health, event: HealthEvent, now: number, limits: HealthLimits): Health {
  const heard = hear(state, event);
  const fault = worstOf(heard, limits);
  if (fault !== undefined && RANK[fault.verdict] > RANK[heard.verdict]) return fall(heard, fault, now, limits);
  if (heard.verdict === "good") return { ...heard, phase: isDoubtful(heard) ? "suspect" : "up" };
  return climb({ ...heard, cause: fault ?? heard.cause }, fault, now, limits);
}

/** True when one more outcome like this one could make the verdict worse: it is worth to ask again soon. */
export function isUrgent({ verdict }: Health, outcome: Outcome): boolean {
  return !outcome.ok && RANK[VERDICT[outcome.severity]] > RANK[verdict];
}

function hear(state: Health, event: HealthEvent): Health {
  if (event.say === "tick") return state;
  if (event.say === "outcome") {
    const run = state.checks.get(event.check);
    if (run === undefined) throw new RangeError(`no check ${event.check}`);
    return { ...state, checks: new Map(state.checks).set(event.check, counted(run, event.outcome)) };
  }
  if (state.facts.get(event.key) === event.why) return state;
  const facts = new Map(state.facts);
  if (event.why === undefined) facts.delete(event.key);
  else facts.set(event.key, event.why);
  // What checks said while a thread hung is no proof of it.
  return { ...state, facts, checks: allAnew(state.checks) };
}

/** What is dead before what is wrong; the cause that there is already before others of its kind. */
function worstOf(state: Health, limits: HealthLimits): Fault | undefined {
  const faults = faultsOf(state, limits);
  const dead = faults.filter(({ verdict }) => verdict === "dead");
  const worst = dead.length > 0 ? dead : faults;
  const { cause } = state;
  return worst.some(({ of, verdict }) => of === cause?.of && verdict === cause.verdict) ? cause : worst[0];
}

function faultsOf({ facts, checks }: Health, limits: HealthLimits): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [of, why] of facts) faults.push({ of, verdict: "dead", why });
  for (const [of, run] of checks) {
    const severity = failed(run, limits.fall);
    if (severity !== undefined) faults.push({ of, verdict: VERDICT[severity], why: run.why ?? of });
  }
  return faults;
}

function fall(state: Health, fault: Fault, now: number, limits: HealthLimits): Health {
  const { verdict, why } = fault;
  const past = fallen(state.past, now, limits);
  const checks = allAnew(state.checks);
  return { ...state, phase: "down", verdict, since: now, why, checks, cause: fault, past, wait: undefined };
}

/** It is not good: is it again, or at least no longer dead? */
function climb(state: Health, fault: Fault | undefined, now: number, limits: HealthLimits): Health {
  const to = aimOf(state.verdict, fault);
  if (to === undefined || !isProven(state, to, limits)) {
    const phase = state.verdict === "unproven" ? "init" : "down";
    return { ...state, phase, why: fault?.why ?? pending(state.cause, state.checks), wait: undefined };
  }
  const wait = waitOf(state.past, limits);
  if (wait !== undefined && now < wait.until) {
    return { ...state, phase: "cooldown", why: waiting(to, state.cause, wait, limits), wait };
  }
  const higher = { ...state, verdict: to, since: now, why: fault?.why, past: risen(state.past, now), wait: undefined };
  return to === "good" ? { ...higher, phase: "up", cause: undefined } : { ...higher, phase: "down" };
}

/** What the verdict could become with the fault that is left. */
function aimOf(verdict: Verdict, fault: Fault | undefined): "good" | "wrong" | undefined {
  if (fault === undefined) return "good";
  return fault.verdict === "wrong" && verdict === "dead" ? "wrong" : undefined;
}

/** A prefix of which nothing is asked is never proven. */
function isProven({ checks, past }: Health, to: "good" | "wrong", limits: HealthLimits): boolean {
  const needed = past.standing === "new" ? 1 : limits.rise;
  const runs = [...checks.values()];
  return runs.length > 0 && runs.every((run) => (to === "good" ? run.good : run.answered) >= needed);
}

function isDoubtful({ checks }: Health): boolean {
  for (const run of checks.values()) if (run.bad > 0) return true;
  return false;
}

function allAnew(checks: ReadonlyMap<string, Run>): ReadonlyMap<string, Run> {
  return new Map([...checks].map(([check, run]) => [check, begunAnew(run)]));
}

/** Why it is not good, although nothing fails any more, or not often enough. */
function pending(cause: Fault | undefined, checks: ReadonlyMap<string, Run>): string {
  if (cause !== undefined) return cause.why;
  for (const [check, run] of checks) if (run.good === 0) return run.why ?? `${check} has not been asked yet`;
  return "nothing is asked of it";
}

function waiting(to: "good" | "wrong", cause: Fault | undefined, wait: Wait, { transitions }: HealthLimits): string {
  const seconds = Math.ceil(wait.length / 1000);
  const again = `${to === "good" ? "good" : "answering"} again, and stays down for ${seconds} s after: ${cause?.why}`;
  return wait.for === "cooldown" ? again : `${again}, as it may go up and down ${transitions} times in an hour at most`;
}
