/** What a drill measures: a fault is put in, its consequences are waited for, it is taken out, and all is as before. */

import type { Seen } from "./clients.ts";
import { now, pause, until } from "./clock.ts";
import { clientOf, type Lab } from "./lab.ts";
import { POPS, SERVED } from "./topology.ts";

/** After the last consequence, before one looks. */
const SETTLE_MS = 500;
const LOOK_MS = 200;
/** A POP that comes back does so slowly: it starts, proves itself, and has its cooldown. */
const BACK_MS = 120_000;

export interface Fault {
  /** At most so long, in milliseconds, is waited until the POP's routes are gone and its client is answered elsewhere. */
  readonly moves?: number;
  /** Or, where nothing should move, so long is watched. */
  readonly watch?: number;
  /** The POP heals itself: what is measured is when its client's last query is lost. */
  readonly heals?: boolean;
  /** Who hears nothing of the fleet until it is repaired. */
  readonly deaf?: "pop" | "all";
  inject(): Promise<unknown> | unknown;
  repair(): Promise<unknown> | unknown;
}

export interface Measured {
  /** From the fault until the last of the POP's routes is gone from its transit; undefined when one stays. */
  readonly routeGone: number | undefined;
  /** From the fault until its client is answered by another POP at every address; undefined when it is not. */
  readonly answered: number | undefined;
  /** Queries without an answer, of the client and address that has lost most: 100 are asked a second. */
  readonly lost: number;
  /** The same while all comes back. */
  readonly lostBack: number;
  /** Of all clients and addresses, to the end; and what was answered wrongly. */
  readonly lostAll: number;
  readonly wrong: number;
  /** Changes of one POP's route to one prefix at its transit, of that which changed most. */
  readonly transitions: number;
  /** How few POPs have announced a prefix at the same time. */
  readonly announcers: number;
}

/** Carries a fault through. Rejects when things do not become what they were. */
export async function measure(lab: Lab, pop: string, fault: Fault, mayStay = false): Promise<Measured> {
  const start = now();
  await fault.inject();
  if (fault.watch === undefined) await moved(lab, pop, start, fault.moves ?? 10_000);
  else await pause(Math.max(0, start + fault.watch - now()));
  await pause(SETTLE_MS);
  const middle = now();
  const seen = await lab.clients.report(start, middle);
  if (!mayStay) {
    await fault.repair();
    if (fault.deaf !== undefined) lab.deafened(fault.deaf === "pop" ? pop : undefined);
    await lab.untilSettled(BACK_MS);
  }
  const end = now();
  const back = mayStay ? [] : await lab.clients.report(middle, end);
  const measured = figures(lab, pop, { start, end, seen, back });
  return fault.heals ? { ...measured, answered: healed(seen, pop, start) } : measured;
}

/** Resolves when the POP's routes are gone and its client is served by others, or does not care any more. */
async function moved(lab: Lab, pop: string, start: number, patience: number): Promise<void> {
  const client = clientOf(pop);
  const gone = async () => {
    if (SERVED.some(({ prefix }) => lab.routes.has(pop, prefix))) return false;
    const seen = await lab.clients.glance(LOOK_MS);
    return seen.every((one) => one.client !== client || (one.lost === 0 && one.by[pop] === undefined && one.sent > 0));
  };
  // What does not move is seen in the figures.
  await until("", start + patience - now(), gone).catch(() => {});
}

/** From the fault until its client's last lost query, for what heals where it is; 0 when none was lost. */
function healed(seen: readonly Seen[], pop: string, start: number): number {
  const lost = seen.flatMap(({ client, lastLost }) => (client === clientOf(pop) && lastLost ? [lastLost - start] : []));
  return Math.max(0, ...lost);
}

interface Times {
  readonly start: number;
  readonly end: number;
  readonly seen: readonly Seen[];
  readonly back: readonly Seen[];
}

/** Makes the figures of what was seen. */
export function figures(lab: Lab, pop: string, { start, end, seen, back }: Times): Measured {
  const sum = (list: readonly Seen[], of: (one: Seen) => number) => list.reduce((total, one) => total + of(one), 0);
  const most = (list: readonly Seen[]) => Math.max(0, ...list.map(({ lost }) => lost));
  const client = clientOf(pop);
  return {
    routeGone: latest(
      SERVED.map(({ prefix }) => firstGone(lab, pop, prefix, start)),
      start,
    ),
    answered: latest(
      seen.filter((one) => one.client === client).map((one) => firstOther(one, pop)),
      start,
    ),
    lost: most(seen),
    lostBack: most(back),
    lostAll: sum([...seen, ...back], ({ lost }) => lost),
    wrong: sum([...seen, ...back], ({ wrong }) => wrong),
    transitions: Math.max(...POPS.map(({ name }) => transitions(lab, name, start, end))),
    announcers: fewest(lab, start),
  };
}

/** Of all things that must happen, the last one, counted from the start; undefined when one has not happened. */
function latest(times: readonly (number | undefined)[], start: number): number | undefined {
  return times.includes(undefined) ? undefined : Math.max(...times.map((time) => time ?? 0)) - start;
}

function firstGone(lab: Lab, pop: string, prefix: string, start: number): number | undefined {
  return lab.routes.since(start, pop).find((one) => one.prefix === prefix && one.what === "withdrawn")?.at;
}

function firstOther(seen: Seen, pop: string): number | undefined {
  const others = Object.entries(seen.by).filter(([name]) => name !== pop);
  return others.length === 0 ? undefined : Math.min(...others.map(([, { first }]) => first));
}

function transitions(lab: Lab, pop: string, start: number, end: number): number {
  const changes = lab.routes.since(start, pop).filter(({ at }) => at <= end);
  return Math.max(...SERVED.map(({ prefix }) => changes.filter((one) => one.prefix === prefix).length));
}

/** Beginning with all of them. */
function fewest(lab: Lab, start: number): number {
  const counts = SERVED.map(({ prefix }) => {
    const there = new Set(POPS.map(({ name }) => name));
    let least = there.size;
    for (const change of lab.routes.changes) {
      if (change.at < start || change.prefix !== prefix) continue;
      if (change.what === "announced") there.add(change.pop);
      else there.delete(change.pop);
      least = Math.min(least, there.size);
    }
    return least;
  });
  return Math.min(...counts);
}
