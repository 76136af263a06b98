/** The proof that a process which shares its addresses with another answers itself: its own threads have counted queries. */

import { isIPv6 } from "node:net";
import { Count } from "../../answer/counters.ts";
import { type Listen, listenToText } from "../../text/listen.ts";
import type { AnswerThread } from "../threads.ts";

/**
 * Questions to an address for each thread that there is, of ours and of the other's. The kernel chooses by the client's
 * port: that one of eight threads is never chosen in 64 × 8 questions happens once in 10^28 times.
 */
const TIMES = 64;

type Protocol = "udp" | "tcp";
/** Asks an address from a port of its own; the identity that is told. */
export type AskOnce = (address: Listen, protocol: Protocol) => Promise<string>;

/** Asks each address until every thread of ours has answered there. Rejects with an Error that says which does not. */
export async function proveOwn(
  listen: readonly Listen[],
  threads: readonly AnswerThread[],
  ask: AskOnce,
): Promise<void> {
  for (const address of listen) {
    for (const protocol of ["udp", "tcp"] as const) {
      await proveOne(
        address,
        protocol,
        threads.filter(({ setup }) => setup.kind === protocol),
        ask,
      );
    }
  }
}

async function proveOne(
  address: Listen,
  protocol: Protocol,
  threads: readonly AnswerThread[],
  ask: AskOnce,
): Promise<void> {
  const cell = CELLS[protocol][isIPv6(address.address) ? 1 : 0];
  const counted = () => threads.map(({ counters }) => counters.cells[cell]);
  const before = counted();
  for (let left = TIMES * threads.length * 2; left > 0; left--) {
    await ask(address, protocol);
    if (counted().every((count, i) => count > before[i])) return;
  }
  const where = `${listenToText(address)}/${protocol}`;
  throw new Error(`${where}: queries come to the running server only, and not to all threads of the new one`);
}

const CELLS = { udp: [Count.UDP4, Count.UDP6], tcp: [Count.TCP4, Count.TCP6] } as const;
