/** What a POP says of itself: one message however many zones it serves, put in the place of its last one. */

import { flag, listOf, number, optional, record, text } from "./fits.ts";
import { readStandings, type ServiceStanding } from "./standing.ts";
import { readVitals, type Vitals } from "./vitals.ts";

/** A version that a POP has begun to serve. Milliseconds are counted from when its manifest came. */
export interface Receipt {
  readonly zone: string;
  readonly id: number;
  readonly version: number;
  readonly serial: number;
  /** When the manifest came, by the POP's clock, as Date.toISOString. */
  readonly received: string;
  /** Until the text was there and verified, until it was compiled, and until every thread answered from it. */
  readonly fetchedMs: number;
  readonly compiledMs: number;
  readonly servingMs: number;
}

/** A zone that a POP does not serve as the store says. */
export interface Refused {
  readonly zone: string;
  /** The manifest that it refused, and the one that it serves; 0 when it serves none. */
  readonly id: number;
  readonly serves: number;
  readonly serial: number | undefined;
  readonly why: string;
}

/** What a POP has counted of a zone, since `seconds` ago. */
export interface ZoneCounts {
  readonly seconds: number;
  readonly queries: number;
  readonly nxdomain: number;
  readonly servfail: number;
  readonly refused: number;
}

/** A zone in a rollout, as one POP sees it. */
export interface RolloutCounts {
  readonly zone: string;
  /** The version that it serves. */
  readonly version: number;
  /** Since it has been serving that version, and while it served what was before. */
  readonly now: ZoneCounts;
  readonly before: ZoneCounts | undefined;
}

/** What became of orders. */
export interface Ordered {
  /** The highest that was taken or refused: the next one must be above it. */
  readonly id: number;
  /** The last one, when it is not carried out, and why, as a sentence. */
  readonly refused?: { readonly id: number; readonly why: string };
}

/** What other POPs read of a report, but for when it was written. */
export interface ReportHead {
  readonly pop: string;
  readonly every: number;
  readonly standings: readonly ServiceStanding[];
}

export interface PopReport {
  readonly v: 1;
  readonly pop: string;
  readonly groups: readonly string[];
  /** Of zonecast. */
  readonly release: string;
  /** When it was written, by the POP's clock, and how many seconds there are between two. */
  readonly at: string;
  readonly every: number;
  /** How far the store has been followed: all that is at or before `position` is served, or among `refused`. */
  readonly epoch: string;
  readonly position: number;
  /** All its zones are loaded, and it answers. */
  readonly ready: boolean;
  /** It holds the route: what --wait waits for. */
  readonly announcing: boolean;
  /** It has ended in good order: no more is to be heard of it until it is started again. */
  readonly stopped?: true;
  /** How it stands with each of its services; none without a section anycast. */
  readonly standings: readonly ServiceStanding[];
  /** What became of the orders to it (orders/order.ts); absent when it has seen none. */
  readonly ordered?: Ordered;
  /** ADDR@PORT of its own, where it can be asked for proof. */
  readonly ask: readonly string[];
  readonly zones: number;
  /** Two POPs with the same digest serve the same: the sum of all (zone, version's SHA-256), in hex. */
  readonly digest: string;
  /** At most REFUSED_MOST are named; `refusals` is how many there are. */
  readonly refusals: number;
  readonly refused: readonly Refused[];
  /** The last ones, the newest first; at most RECENT_MOST. */
  readonly recent: readonly Receipt[];
  readonly rollouts: readonly RolloutCounts[];
  /** How it is doing; absent in reports of older releases. */
  readonly vitals?: Vitals;
}

export const REFUSED_MOST = 50;
export const RECENT_MOST = 50;

const NEWLINE = 10;

const counts = record({ seconds: number, queries: number, nxdomain: number, servfail: number, refused: number });
const receipt = record({
  ...{ zone: text, id: number, version: number, serial: number, received: text },
  ...{ fetchedMs: number, compiledMs: number, servingMs: number },
});
const refused = record({ zone: text, id: number, serves: number, serial: optional(number), why: text });
const rollout = record({ zone: text, version: number, now: counts, before: optional(counts) });
/** What is read of a report, but for its standings, its vitals and what became of orders: those leave out what is none. */
const isWhole = record({
  ...{ pop: text, groups: listOf(text), release: text, at: text, every: number, epoch: text, position: number },
  ...{
    ready: flag,
    announcing: flag,
    stopped: optional(flag),
    ask: listOf(text),
    zones: number,
    digest: text,
    refusals: number,
  },
  ...{ refused: listOf(refused), recent: listOf(receipt), rollouts: listOf(rollout) },
});

/**
 * The report as the store keeps it: JSON on three lines. Every POP reads the first two of every other POP's: the first is
 * the same as long as nothing has changed, and need not be parsed; the second is when it was written.
 */
export function reportOctets({ v, pop, every, standings, at, ...rest }: PopReport): Uint8Array {
  const lines = [{ v, pop, every, standings }, { at }, rest].map((one) => JSON.stringify(one).slice(1, -1));
  return Buffer.from(`{${lines.join(",\n")}}`);
}

/** How many of a report's first octets are what other POPs read. */
export function headLength(octets: Uint8Array): number {
  return octets.indexOf(NEWLINE, octets.indexOf(NEWLINE) + 1) + 1;
}

/** The first line of a report, and when it was written; of one without lines, which an older release has written, all. */
export function splitReport(octets: Uint8Array): { readonly head: Uint8Array; readonly at: string } {
  const first = octets.indexOf(NEWLINE);
  const second = octets.indexOf(NEWLINE, first + 1);
  if (first < 0 || second < 0) return { head: octets, at: readReport(octets)?.at ?? "" };
  // "at":"2026-01-01T00:00:00.000Z",
  return { head: octets.subarray(0, first), at: textOf(octets.subarray(first + 7, second - 2)) };
}

/** Reads the head that splitReport gives; undefined for what is no head of a report. */
export function readHead(head: Uint8Array): ReportHead | undefined {
  try {
    const text = textOf(head);
    const { v, pop, every, standings } = JSON.parse(text.endsWith(",") ? `${text.slice(0, -1)}}` : text) as PopReport;
    if (v !== 1 || typeof pop !== "string" || typeof every !== "number") return undefined;
    return { pop, every, standings: readStandings(standings) };
  } catch {
    return undefined;
  }
}

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString();
}

/** Reads a report; undefined for what is none, or one of a later form: a POP that can't be read is as one not heard of. */
export function readReport(octets: Uint8Array): PopReport | undefined {
  try {
    const report = JSON.parse(textOf(octets)) as PopReport;
    if (report.v !== 1 || !isWhole(report)) return undefined;
    const { ordered, vitals, ...rest } = report;
    const doing = readVitals(vitals);
    const whole = { ...rest, standings: readStandings(report.standings), ...orderedOf(ordered) };
    return doing === undefined ? whole : { ...whole, vitals: doing };
  } catch {
    return undefined;
  }
}

function orderedOf(read: Partial<Ordered> | undefined): { readonly ordered?: Ordered } {
  const { id, refused } = read ?? {};
  if (!Number.isSafeInteger(id) || id === undefined) return {};
  const whole = typeof refused?.why === "string" && Number.isSafeInteger(refused.id);
  return { ordered: whole ? { id, refused } : { id } };
}
