/** What of its queries an answering thread copies, and into which rings. */

import type { Respond } from "../../answer/respond.ts";
import { sampled, type TapOutput, tapped } from "../../answer/tapped.ts";
import { TapRing } from "../../answer/tapring.ts";
import type { Listen } from "../../text/listen.ts";

/** As a thread is given it. */
export interface TapSetup {
  /** Whole exchanges, for the query log and dnstap. */
  readonly exchanges?: { readonly ring: SharedArrayBuffer; readonly outputs: readonly TapOutput[] };
  /** Clients alone: one in so many. */
  readonly clients?: { readonly ring: SharedArrayBuffer; readonly sample: number };
}

/** A responder with its taps around it; the same one where there are none. */
export function tapping(respond: Respond, setup: TapSetup | undefined, listen: readonly Listen[]): Respond {
  const { exchanges, clients } = setup ?? {};
  // Asked for at each query, it took 50 ns of them.
  const { timeOrigin } = performance;
  const now = () => timeOrigin + performance.now();
  const copying =
    exchanges === undefined ? respond : tapped(respond, new TapRing(exchanges.ring), exchanges.outputs, listen, now);
  return clients === undefined ? copying : sampled(copying, new TapRing(clients.ring), clients.sample, listen);
}
