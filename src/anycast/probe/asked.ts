/** Questions that are asked of an address at once, and what came of them. */

import type { KeptPorts } from "./port.ts";
import type { Question } from "./question.ts";

export interface Asking {
  readonly questions: readonly Question[];
  /** Milliseconds until an answer must have come. */
  readonly timeout: number;
  /** Ends the wait: what has not come by then does not come. */
  readonly signal?: AbortSignal | undefined;
  /** Over UDP: ports of the last time, for this time; without, all are new. */
  readonly ports?: KeptPorts | undefined;
  /** Is told of each query that is sent. */
  readonly sent?: (() => void) | undefined;
}

export interface Asked {
  /** The reply to each question. */
  readonly replies: readonly (Uint8Array | undefined)[];
  /** Why there are not more, as the system has it: "ECONNREFUSED". */
  readonly code: string | undefined;
}

/** From 0 to 65535, unlike the last ones: an answer is told by it. */
export function randomId(): number {
  return Math.floor(Math.random() * 65536);
}
