/** How a version reached the fleet: a line that is kept in the store when a publication has come to its end. */

import { listOf, number, optional, record, text } from "../fits.ts";
import type { Receipt } from "../report.ts";
import type { LedgerLine } from "../store/store.ts";
import type { Fleet } from "./fleet.ts";
import type { PopStanding, Published, Spread } from "./waited.ts";

/** POPs that a line names: those that failed first, then the slowest. A thousand of them would not be read. */
const POPS_MOST = 100;

/** A POP's way to a version. Milliseconds, but for `received`, are counted as in its receipt. */
export interface Arrival {
  readonly pop: string;
  readonly standing: PopStanding["standing"];
  readonly why?: string;
  /** Of its receipt, by the POP's clock; absent when its report names it no more. */
  readonly receipt?: Pick<Receipt, "received" | "fetchedMs" | "compiledMs" | "servingMs">;
  /** From the swap until it had answered with the version, by the clock of the one who waited. */
  readonly provenMs?: number;
}

export interface Passage {
  readonly v: 1;
  readonly zone: string;
  readonly version: number;
  readonly serial: number | undefined;
  readonly id: number;
  /** When the line was written, as Date.toISOString, and who waited or conducted. */
  readonly at: string;
  readonly by: string;
  /** "done": a rollout's end as a conductor saw it. The others are Waited.outcome. */
  readonly outcome: "proven" | "late" | "back" | "done";
  readonly text: string;
  /** How many POPs there were, and how many were proven. */
  readonly pops: number;
  readonly proven: number;
  readonly spread?: Spread;
  readonly arrivals: readonly Arrival[];
}

/** What a line says besides its POPs. */
export type PassageFacts = Omit<Passage, "v" | "zone" | "version" | "serial" | "id" | "pops" | "proven" | "arrivals">;

/** Puts a line together. */
export function passageOf(
  published: Omit<Published, "revision" | "rollout">,
  facts: PassageFacts,
  pops: readonly PopStanding[],
  fleet: Fleet,
): Passage {
  const { zone, version, serial, id } = published;
  const arrivals = [...pops].sort(worstFirst).slice(0, POPS_MOST);
  return {
    ...{ v: 1, zone, version, serial, id },
    ...facts,
    pops: pops.length,
    proven: pops.filter(({ standing }) => standing === "proven").length,
    arrivals: arrivals.map((one) => arrivalOf(one, receiptOf(fleet, one.pop, published))),
  };
}

export function passageLine(passage: Passage): LedgerLine {
  return { zone: passage.zone, octets: Buffer.from(JSON.stringify(passage)) };
}

const receipt = record({ received: text, fetchedMs: number, compiledMs: number, servingMs: number });
const arrival = record({
  ...{ pop: text, standing: text, why: optional(text), receipt: optional(receipt), provenMs: optional(number) },
});
const whole = record({
  ...{ zone: text, version: number, serial: optional(number), id: number, at: text, by: text, outcome: text },
  ...{ text, pops: number, proven: number, spread: optional(record({ p50: number, p99: number, max: number })) },
  arrivals: listOf(arrival),
});

/** Reads a line; undefined for one of a later form, or of another's making. */
export function readPassage(octets: Uint8Array): Passage | undefined {
  try {
    const passage = JSON.parse(Buffer.from(octets).toString()) as Passage;
    return passage.v === 1 && whole(passage) ? passage : undefined;
  } catch {
    return undefined;
  }
}

/** How propagation was spread over POPs; undefined for none. */
export function spreadOf(milliseconds: readonly number[]): Spread | undefined {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return undefined;
  const at = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? max;
  return { p50: at(50), p99: at(99), max };
}

function worstFirst(a: PopStanding, b: PopStanding): number {
  if ((a.standing === "proven") !== (b.standing === "proven")) return a.standing === "proven" ? 1 : -1;
  return (b.ms ?? 0) - (a.ms ?? 0);
}

function receiptOf(fleet: Fleet, pop: string, { zone, version, id }: Pick<Published, "zone" | "version" | "id">) {
  const recent = fleet.get(pop)?.report.recent ?? [];
  return recent.find((one) => one.zone === zone && one.version === version && one.id >= id);
}

function arrivalOf({ pop, standing, why, ms }: PopStanding, receipt: Receipt | undefined): Arrival {
  return {
    pop,
    standing,
    ...(why === "" ? {} : { why }),
    ...(receipt && {
      receipt: {
        received: receipt.received,
        fetchedMs: receipt.fetchedMs,
        compiledMs: receipt.compiledMs,
        servingMs: receipt.servingMs,
      },
    }),
    ...(ms === undefined ? {} : { provenMs: Math.round(ms * 10) / 10 }),
  };
}
