/** How long the course of a service stays where it is, so that it does not flap; milliseconds. */

export const DWELL = {
  /** A soft fault must be over for so long before it is taken as over. */
  calm: 30_000,
  /** No other path was seen for so long: nobody announces. Longer than routes take to settle. */
  unheard: 5_000,
  /** Another POP was up for so long before the last resort ends. */
  covered: 10_000,
  /** A POP that starts drained waits so long for word of the others: longer than FleetView.listened takes. */
  word: 30_000,
  /** An ask whose turn has come, and that can't be carried out, lets the others pass after so long. */
  pass: 60_000,
} as const;
