/** What POPs say they serve: a store that was restored from an old backup knows less than they do. */

import { compareSerial } from "../../wire/serial.ts";
import { type PopReport, readReport } from "../report.ts";
import type { Report } from "../store/store.ts";

/** What the next manifest of a zone must be above. */
export interface Floor {
  readonly id: number;
  readonly version: number;
  /** Undefined when no POP knows more than the store. */
  readonly serial: number | undefined;
}

/** Ids count manifests. One that is so far above the head is no count, and would leave no room for later ones. */
const FARTHEST = 1_000_000_000;

/** Every zone that some POP has told of. */
export class Fence {
  readonly #served = new Map<string, Floor[]>();

  constructor(reports: readonly Report[]) {
    for (const { octets } of reports) {
      const report = readReport(octets);
      if (report) this.#take(report);
    }
  }

  #take({ refused, recent }: PopReport): void {
    for (const { zone, serves, serial } of refused) this.#add(zone, { id: serves, version: 0, serial });
    for (const { zone, id, version, serial } of recent) this.#add(zone, { id, version, serial });
  }

  #add(zone: string, floor: Floor): void {
    const known = this.#served.get(zone);
    if (known) known.push(floor);
    else this.#served.set(zone, [floor]);
  }

  /** What to be above, when the store's head has this id; its own id when no POP has seen a later one. */
  above(zone: string, id: number): Floor {
    let floor: Floor = { id, version: 0, serial: undefined };
    for (const one of this.#served.get(zone) ?? []) {
      if (!Number.isSafeInteger(one.id) || one.id <= id || one.id > id + FARTHEST) continue;
      floor = {
        id: Math.max(floor.id, one.id),
        // Each version took a manifest of its own.
        version: Math.max(floor.version, one.version <= one.id ? one.version : 0),
        serial: laterSerial(floor.serial, one.serial),
      };
    }
    return floor;
  }
}

/** The later of two serials (RFC 1982); the second when neither is. */
export function laterSerial(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return b ?? a;
  return compareSerial(a, b) > 0 ? a : b;
}
