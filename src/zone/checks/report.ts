/** Tells problems of records by their place in the text, and names owners as a reader knows them. */

import { nameToText } from "../../text/name.ts";
import type { Problems, Severity } from "../problem.ts";
import type { RrSets } from "../rrsets.ts";

export class Report {
  readonly #sets: RrSets;
  readonly #problems: Problems;

  constructor(sets: RrSets, problems: Problems) {
    this.#sets = sets;
    this.#problems = problems;
  }

  /** A problem of the record in a row. */
  row(severity: Severity, row: number, message: string): void {
    const { sources, source, offset } = this.#sets.records;
    this.#problems.add(severity, sources[source[row]], offset[row], message);
  }

  /** A problem of an RRset: told at its first record. */
  set(severity: Severity, set: number, message: string): void {
    this.row(severity, this.#sets.order[this.#sets.first[set]], message);
  }

  /** A problem of the zone as a whole. */
  zone(severity: Severity, message: string): void {
    const file = this.#sets.records.sources[0]?.file;
    if (file !== undefined) this.#problems.addFile(severity, file, message);
  }

  owner(owner: number): string {
    return nameToText(this.#sets.owners.wire(owner));
  }
}
