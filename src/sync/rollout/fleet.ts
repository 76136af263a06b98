/**
 * Who of the fleet was heard, and when: by the clock of the one who listens, as a POP's own may be an hour off. Silence
 * counts only while we could hear.
 */

import { type PopReport, type Refused, type RolloutCounts, readReport } from "../report.ts";
import type { Report } from "../store/store.ts";

/** A POP is silent when this many of its reports are missing. */
const MISSED = 3;
/** Seconds between reports that are believed: a POP that says less or more is taken at these. */
const EVERY_LEAST = 0.01;
const EVERY_MOST = 600;
/** A report that lay in the store is of a POP long gone when it says so by this much; clocks are not that wrong. */
const GONE_MS = 2 * 3_600_000;

/** A POP's last report. Milliseconds are by the listener's monotonic clock. */
export interface Heard {
  readonly report: PopReport;
  /** When it came; of one that lay in the store when listening began, that moment. */
  readonly at: number;
  /** It came while we listened. What lay in the store may be of yesterday. */
  readonly fresh: boolean;
  readonly rollouts: ReadonlyMap<string, RolloutCounts>;
  readonly refused: ReadonlyMap<string, Refused>;
}

export class Fleet {
  readonly #heard = new Map<string, Heard>();
  readonly #last = new Map<string, Uint8Array>();

  /** Takes the reports that lie in the store. `now`: monotonic; `date`: milliseconds since 1970. */
  begin(reports: readonly Report[], now: number, date: number): void {
    for (const report of reports) {
      const heard = this.hear(report, now);
      if (heard === undefined) continue;
      const gone = date - Date.parse(heard.report.at) > GONE_MS;
      this.#heard.set(report.pop, { ...heard, fresh: false, at: gone ? Number.NEGATIVE_INFINITY : now });
    }
  }

  /** Takes a report; undefined for one that says nothing new, can't be read, or is in another POP's name. */
  hear(report: Report, now: number): Heard | undefined {
    const last = this.#last.get(report.pop);
    if (last !== undefined && Buffer.compare(last, report.octets) === 0) return undefined;
    this.#last.set(report.pop, report.octets);
    const read = readReport(report.octets);
    if (read === undefined || read.pop !== report.pop) return undefined;
    const heard: Heard = {
      report: read,
      at: now,
      fresh: true,
      rollouts: new Map(read.rollouts.map((one) => [one.zone, one])),
      refused: new Map(read.refused.map((one) => [one.zone, one])),
    };
    this.#heard.set(report.pop, heard);
    return heard;
  }

  /** Nothing could be heard until now, as the store was not reached or the machine slept: nobody is blamed for it. */
  wasDeaf(now: number): void {
    for (const [pop, heard] of this.#heard) {
      if (heard.at !== Number.NEGATIVE_INFINITY) this.#heard.set(pop, { ...heard, at: now, fresh: false });
    }
  }

  get(pop: string): Heard | undefined {
    return this.#heard.get(pop);
  }

  /** By name. */
  all(): readonly Heard[] {
    return [...this.#heard.values()].sort((a, b) => (a.report.pop < b.report.pop ? -1 : 1));
  }
}

/** Milliseconds after which a POP that says nothing is silent. */
export function patienceWith(report: PopReport): number {
  const every = Number.isFinite(report.every) ? report.every : EVERY_MOST;
  return MISSED * 1000 * Math.min(EVERY_MOST, Math.max(EVERY_LEAST, every));
}

/** True when a POP has not been heard for three of its reports. */
export function isSilent(heard: Heard, now: number): boolean {
  return now - heard.at > patienceWith(heard.report);
}

/** The groups that a POP is in, but for "*". */
export function groupsOf(report: PopReport): readonly string[] {
  return [...report.groups, report.pop];
}
