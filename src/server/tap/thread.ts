/**
 * The thread that writes the query log and speaks dnstap, so that no answer ever waits for a disk or a reader. Started
 * with a TapStart; given rings, it looks into them again and again.
 */

import { setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Output } from "../../answer/tapring.ts";
import { Backlog } from "../../tap/backlog.ts";
import { dnstapMessages } from "../../tap/dnstap.ts";
import { FileSink } from "../../tap/filesink.ts";
import { dataFrame } from "../../tap/framestream.ts";
import { FRAMES } from "../../tap/frametalk.ts";
import { type PumpOutput, TapPump } from "../../tap/pump.ts";
import { queryLine } from "../../tap/querylog.ts";
import { SocketSink } from "../../tap/socketsink.ts";
import type { FromTap, TapOutputName, TapStart, ToTap } from "./messages.ts";

/**
 * Milliseconds between two looks: while there is something, and at most while there is not. A ring of RING_OCTETS holds
 * 40 ms of 100,000 exchanges a second, more than one thread answers.
 */
const BUSY_MS = 4;
const IDLE_MS = 32;
/** Answers come first: Linux counts niceness by thread. */
const NICE = 10;
/** What waits at the end may take so long to be written. */
const CLOSE_MS = 700;
const UNIX = "unix:";

const start = workerData as TapStart;
const port = parentPort as MessagePort;
const say = (message: FromTap) => port.postMessage(message);
const outputs = outputsOf(start);
const pump = new TapPump(outputs, () => Date.now() - performance.timeOrigin - performance.now());
let pause = BUSY_MS;
let timer: NodeJS.Timeout | undefined;

try {
  setPriority(0, NICE);
} catch {
  // Some sandboxes forbid it.
}
port.on("message", (message: ToTap) => {
  if (message.say === "ring") pump.read(message.ring);
  else void close();
});
turn();

function turn(): void {
  const { taken, more } = pump.turn();
  pause = taken > 0 ? BUSY_MS : Math.min(pause * 2, IDLE_MS);
  // Even when there is more: what was taken is to be written, too.
  timer = setTimeout(turn, more ? 0 : pause);
}

async function close(): Promise<void> {
  clearTimeout(timer);
  while (pump.turn().more);
  const closed = await Promise.all(outputs.map(({ sink }) => sink.close(CLOSE_MS)));
  say({ say: "closed", whole: closed.every((whole) => whole) });
  port.close();
}

function outputsOf({ source, querylog, dnstap, counts }: TapStart): PumpOutput[] {
  const all: PumpOutput[] = [];
  const trouble = (output: TapOutputName) => (why: string | undefined) => say({ say: "trouble", output, why });
  if (querylog !== undefined) {
    const backlog = new Backlog(counts.querylog);
    const line = queryLine(source.pop, source.listen);
    const sink = querylog.startsWith(UNIX)
      ? new SocketSink(querylog.slice(UNIX.length), backlog, trouble("querylog"))
      : new FileSink(querylog, backlog, trouble("querylog"));
    all.push({ output: Output.QUERYLOG, make: (record) => [Buffer.from(line(record))], backlog, sink });
  }
  if (dnstap !== undefined) {
    const backlog = new Backlog(counts.dnstap);
    const messages = dnstapMessages(source);
    const sink = new SocketSink(dnstap, backlog, trouble("dnstap"), FRAMES);
    all.push({ output: Output.DNSTAP, make: (record) => messages(record).map(dataFrame), backlog, sink });
  }
  return all;
}
