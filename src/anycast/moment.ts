/** A point in time by both clocks of a machine. */

export interface Moment {
  /** Milliseconds from any start; never jumps. All waiting is by this one. */
  readonly monotonic: number;
  /** Milliseconds since 1970; may jump, and be another one at each POP. For what people say, and what outlives a process. */
  readonly date: number;
}
