/** What somebody has planned for a service at a POP: kept on disk, and so still planned after a restart. */

/** "serve": announce as health allows. */
export type Goal = "serve" | "drain" | "reserve";

export interface Plan {
  /** The service; prefixes of one service go together. */
  readonly service: string;
  readonly to: Goal;
  /** Who, and why, for people. */
  readonly by: string;
  readonly why: string | undefined;
  /** When it was said, and when it ends by itself. Milliseconds since 1970. */
  readonly at: number;
  readonly until: number | undefined;
  /** Other services of the fleet may be in a planned change at the same time. */
  readonly both: boolean;
  /** The fleet is not asked: neither its budget, nor whether this is the last POP. */
  readonly force: boolean;
}
