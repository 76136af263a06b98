/** A client that does not care how the server feels: asks over UDP at a steady rate, and knows of each query what became of it. */

import { createSocket, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { type Outcome, outcomeOf, txtQuery } from "../server/asking.ts";

/** Ports to ask from: the kernel chooses the thread by them. */
const SOCKETS = 8;
/** An answer that takes longer counts as none. */
const PATIENCE_MS = 3000;
/** A timer that comes late is made up for so many at a time: a burst would be lost in the kernel, and not by the server. */
const MOST_AT_ONCE = 40;

/** A query, in the order of sending. */
export interface Sent {
  /** By performance.now(), when the kernel had it. */
  readonly at: number;
  outcome: Outcome | undefined;
}

export interface Steady {
  /** All that was sent so far. */
  readonly sent: readonly Sent[];
  /** Sends so many more, all at once. */
  burst(count: number): void;
  /** Sends no more; waits for answers to what was sent by then, and gives that. */
  stop(by?: number): Promise<readonly Sent[]>;
}

/** Asks for TXT at the name, so many times a second. Each port has its own ids, so that no answer is taken for another's. */
export async function steady(port: number, name: string, perSecond: number): Promise<Steady> {
  const sent: Sent[] = [];
  const lanes = await Promise.all(Array.from({ length: SOCKETS }, () => lane(port)));
  const started = performance.now();
  let asked = 0;
  const ask = () => lanes[sent.length % SOCKETS].ask(name, sent);
  const timer = setInterval(() => {
    const due = Math.min(((performance.now() - started) / 1000) * perSecond, asked + MOST_AT_ONCE);
    for (; asked < due; asked++) ask();
  }, 2);
  return {
    sent,
    burst(count) {
      for (let i = 0; i < count; i++) ask();
    },
    async stop(by = Number.POSITIVE_INFINITY) {
      clearInterval(timer);
      const wanted = sent.filter(({ at }) => at <= by);
      const waits = ({ at, outcome }: Sent) => outcome === undefined && performance.now() - at < PATIENCE_MS;
      while (wanted.some(waits)) await sleep(10);
      for (const { socket } of lanes) socket.close();
      return wanted;
    },
  };
}

interface Lane {
  readonly socket: Socket;
  ask(name: string, sent: Sent[]): void;
}

async function lane(port: number): Promise<Lane> {
  const socket = createSocket("udp4");
  // Connected, so that a send is the system call itself and not one of the next turn.
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const open = new Map<number, Sent>();
  let next = 0;
  socket.on("message", (octets) => {
    const id = octets.readUInt16BE(0);
    const query = open.get(id);
    if (query) query.outcome = outcomeOf(octets);
    open.delete(id);
  });
  // A port that nobody has while the server is down.
  socket.on("error", () => {});
  return {
    socket,
    ask(name, sent) {
      const query: Sent = { at: performance.now(), outcome: undefined };
      const id = next++ % 65_536;
      open.set(id, query);
      sent.push(query);
      socket.send(txtQuery(id, name));
    },
  };
}

/** Those that got no answer. */
export function lostOf(sent: readonly Sent[]): readonly Sent[] {
  return sent.filter(({ outcome }) => outcome === undefined);
}

/** How many got each outcome. */
export function outcomesOf(sent: readonly Sent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome = "nothing" } of sent) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
