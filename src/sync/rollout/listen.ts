/** Hears the store out: reports of POPs into the fleet, and heads as they change. */

import type { Store, StoreEvent } from "../store/store.ts";
import type { Fleet } from "./fleet.ts";
import type { Clock } from "./waited.ts";

export interface Listening {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A POP has reported. */
  heard(pop: string): void;
}

/** Takes the reports that lie in the store. Rejects with StoreError. */
export async function readPops({ store, fleet, clock }: Listening): Promise<void> {
  fleet.begin(await store.reports(), clock.monotonic(), clock.now());
}

/** Takes each report as it comes, until the signal. */
export async function listenToPops({ store, fleet, clock, signal, heard }: Listening): Promise<void> {
  for await (const event of store.watchReports(signal)) {
    if (event.say !== "report") continue;
    const { report } = event;
    if (fleet.hear(report, clock.monotonic()) !== undefined) heard(report.pop);
  }
}

/** Tells of all changes after a revision, or of all heads first; until the signal. Never rejects. */
export async function listenToHeads(
  store: Store,
  after: number | undefined,
  signal: AbortSignal,
  tell: (event: StoreEvent) => void,
): Promise<void> {
  const epoch = after === undefined ? undefined : await epochOf(store, signal);
  if (signal.aborted) return;
  const cursor = epoch === undefined || after === undefined ? undefined : { epoch, position: after };
  // A store says where it is when it has something to say: a watch from a cursor may begin with silence.
  if (cursor !== undefined) tell({ say: "synced", cursor });
  for await (const event of store.watch(cursor, signal)) tell(event);
}

/** The store's epoch, from the first thing that it says; undefined when the signal came first. */
export async function epochOf(store: Store, signal: AbortSignal): Promise<string | undefined> {
  const own = new AbortController();
  const stop = () => own.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) own.abort();
  try {
    for await (const event of store.watch(undefined, own.signal)) {
      if (event.say === "reset") return event.epoch;
      if (event.say === "entries" || event.say === "synced") return event.cursor.epoch;
    }
    return undefined;
  } finally {
    own.abort();
    signal.removeEventListener("abort", stop);
  }
}
