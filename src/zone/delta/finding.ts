/** Guards: what stops a push until somebody says that it is meant. Each finds something in the step from version to version. */

import { grouped } from "../diffquantity.ts";

/** All guards by name. serial-backwards is found where serials are given; the others are here. */
export const GUARDS = [
  "empty",
  "shrink",
  "apex-ns",
  "apex-soa",
  "apex-dnskey",
  "ds",
  "delegation-lost",
  "ttl",
  "rrsig-ends",
  "serial-backwards",
] as const;

export type Guard = (typeof GUARDS)[number];

export interface Finding {
  readonly guard: Guard;
  /** A sentence, without a full stop: numbers, and a few names. */
  readonly found: string;
  /** Some of the names, or names and types, that it is about. */
  readonly examples: readonly string[];
}

/** From where on a guard finds something. */
export interface GuardLimits {
  /** Percent of its names, RRsets or records that a zone may lose. */
  readonly shrink: number;
  /** How many times longer or shorter a TTL may become. */
  readonly ttl: number;
  /** Days that every RRSIG must hold yet. */
  readonly rrsig: number;
}

/** So many examples of a finding are kept, and so many of them are in its sentence. */
const KEPT = 5;
const NAMED = 3;

/** What is found in many places: all counted, the first few named. */
export class Sample {
  count = 0;
  readonly examples: string[] = [];

  /** The example's text is made only when there is room for it. */
  add(example: () => string): void {
    if (this.count++ < KEPT) this.examples.push(example());
  }

  /** "a, b, c and 12 more". */
  names(): string {
    const named = this.examples.slice(0, NAMED).join(", ");
    const more = this.count - NAMED;
    return more > 0 ? `${named} and ${grouped(more)} more` : named;
  }
}
