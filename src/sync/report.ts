/** What a POP says of itself: one message however many zones it serves, put in the place of its last one. */

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
}

export const REFUSED_MOST = 50;
export const RECENT_MOST = 50;

/** The report as the store keeps it. */
export function reportOctets(report: PopReport): Uint8Array {
  return Buffer.from(JSON.stringify(report));
}

/** Reads a report; undefined for what is none, or one of a later form: a POP that can't be read is as one not heard of. */
export function readReport(octets: Uint8Array): PopReport | undefined {
  try {
    const report = JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString()) as PopReport;
    return report.v === 1 && typeof report.pop === "string" && Array.isArray(report.recent) ? report : undefined;
  } catch {
    return undefined;
  }
}
