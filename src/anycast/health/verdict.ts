/** What probes say, and what is made of it for a prefix. */

/**
 * How bad a failure is. "hard": this POP does not answer, or somebody else does; the route goes at once. "wrong": it
 * answers, but not what it should for a zone; as that may be so everywhere, the fleet is asked first.
 */
export type Severity = "hard" | "wrong";

export type Outcome =
  | { readonly ok: true }
  /**
   * `why`: "198.51.100.53@53/udp does not answer", for people. `weight`: how much of a failure it is, from 0 to 1, which it
   * is without: less, where so much is lost of all that comes that this may have been lost, too (probe/loss.ts).
   */
  | { readonly ok: false; readonly severity: Severity; readonly why: string; readonly weight?: number };

/** "good": announce. "wrong": see Severity. "dead": withdraw. "unproven": not yet asked, or not yet good for long enough. */
export type Verdict = "good" | "wrong" | "dead" | "unproven";

export interface PrefixHealth {
  readonly verdict: Verdict;
  /** Milliseconds since 1970, of the verdict. */
  readonly since: number;
  /** Why it is not good. */
  readonly why: string | undefined;
}

/** Bounds of the machine; milliseconds. */
export interface HealthLimits {
  /** Failures in a row, of one check, that bring the prefix down. */
  readonly fall: number;
  /** Good outcomes in a row, of every check, that bring it back. */
  readonly rise: number;
  /** How long it stays down after the first fall; doubled by each that follows soon, up to the most. */
  readonly cooldown: number;
  readonly cooldownMost: number;
  /** It goes up and down at most so often in an hour: then it stays down until the hour has passed. */
  readonly transitions: number;
}
