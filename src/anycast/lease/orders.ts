/**
 * What a guard is told once, in the first line that it reads; then each "beat" is a line, and "bye" ends it. Before "arm", and
 * after "disarm", it only watches: there is another server yet, with a guard of its own, whose routes they are.
 */

/** Where the routes are that it takes away, and how. */
export type Way =
  | { readonly by: "bird"; readonly socket: string }
  /** `vtysh`: the command and its first arguments. */
  | { readonly by: "frr"; readonly vtysh: readonly string[] };

export interface Orders {
  /** Milliseconds of silence after which the routes are taken away. */
  readonly hold: number;
  readonly way: Way;
}

export const BEAT = ".";
export const ARM = "arm";
export const DISARM = "disarm";
export const BYE = "bye";
/** Beats for each hold time. */
export const BEATS = 3;
