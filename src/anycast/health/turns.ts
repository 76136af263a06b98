/**
 * When checks are asked. All of one pace come to be asked at the same moments: to wake up costs a process that has nothing
 * to do far more than one question. Measured with 12 checks of 4 addresses at the default paces: see asking.ts.
 */

/** How much sooner or later than its pace a check is asked, to come nearer to the others: a tenth of it. */
const NEARER = 0.1;

/** Checks that are asked together. So many questions at once find room in the sockets' queues, whatever there is to ask. */
const TOGETHER = 16;
/** Milliseconds after which the next ones follow. */
const APART = 10;

/** Milliseconds that a check is asked after the first ones of its pace; `i` counts all checks. */
export function offsetOf(i: number): number {
  return Math.floor(i / TOGETHER) * APART;
}

/**
 * When a check that was answered now is asked again: at the multiple of its pace that others of the pace keep to, and its
 * offset after it, or, where that is far from a pace away, as near to it as NEARER allows. All in milliseconds of one clock.
 */
export function nextTurn(now: number, pace: number, offset: number): number {
  const due = now + pace;
  const common = Math.round((due - offset) / pace) * pace + offset;
  return Math.min(Math.max(common, due - pace * NEARER), due + pace * NEARER);
}

interface Turn {
  readonly calls: Set<() => void>;
  readonly timer: NodeJS.Timeout;
}

/** What is due at the same moment is called in one turn of the event loop. */
export class Turns {
  readonly #now: () => number;
  readonly #turns = new Map<number, Turn>();

  /** `now` is in milliseconds, from any start, and never jumps. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now();
  }

  /** Calls once at a time, or soon after; what is returned has it not be called. */
  at(time: number, call: () => void): () => void {
    const turn = this.#turns.get(time) ?? this.#open(time);
    turn.calls.add(call);
    return () => {
      turn.calls.delete(call);
      if (turn.calls.size > 0 || this.#turns.get(time) !== turn) return;
      clearTimeout(turn.timer);
      this.#turns.delete(time);
    };
  }

  #open(time: number): Turn {
    const calls = new Set<() => void>();
    const timer = setTimeout(
      () => {
        this.#turns.delete(time);
        for (const call of calls) call();
      },
      Math.max(1, Math.ceil(time - this.#now())),
    );
    const turn = { calls, timer };
    this.#turns.set(time, turn);
    return turn;
  }
}
