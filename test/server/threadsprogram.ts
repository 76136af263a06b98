/** A program under test: answering threads, and the watch over them. Its arguments are in ARGUMENTS, its orders come on stdin. */

import { pino } from "pino";
import { AnswerThreads, type ThreadSetup } from "../../src/server/threads.ts";
import { ThreadWatch } from "../../src/server/threadwatch.ts";
import { nameFromText } from "../../src/text/name.ts";
import { loadZone } from "../../src/zone/load.ts";
import { zoneText } from "./zonetext.ts";

interface Arguments {
  readonly port: number;
  readonly workers: number;
  readonly transport: ThreadSetup["transport"];
  readonly hung: number;
}

const { port, workers, transport, hung } = JSON.parse(process.env.ARGUMENTS ?? "") as Arguments;
const say = (line: object) => process.stdout.write(`${JSON.stringify({ ...line, at: performance.now() })}\n`);
const write = (line: string) => say({ log: (JSON.parse(line) as { event: string }).event });
const threads = new AnswerThreads(pino({ level: "info" }, { write }));
const apex = nameFromText("a.");
const source = { file: "a", bytes: Buffer.from(zoneText(1)) };
const { image } = loadZone(source, { apex, include: () => "", now: 0 });

const setup: Omit<ThreadSetup, "kind"> = {
  transport,
  listen: [{ address: "127.0.0.1", port }],
  shared: workers > 1,
  alone: false,
  identity: "test1",
  version: undefined,
  payload: 1232,
  cookieSecrets: [],
  tcp: { idle: 10, message: 5, unread: 5, connections: 100, perClient: 100 },
};

await threads.update([{ apex, image, held: true }], true);
for (let i = 0; i < workers; i++) await threads.start({ ...setup, kind: "udp" });
await threads.start({ ...setup, kind: "tcp" });
const watch = new ThreadWatch(threads, { hung, changed: (fact, why) => say({ fact, why: why ?? null }) });
await watch.start();
say({ log: "watching" });

process.stdin.setEncoding("utf8").on("data", (order: string) => {
  const [word, milliseconds] = order.trim().split(" ");
  if (word === "stall") {
    const until = performance.now() + Number(milliseconds);
    while (performance.now() < until);
    say({ log: "stalled" });
  } else if (word === "stop") {
    watch.stop();
    void threads.stop().then(() => {
      process.stdin.destroy();
      say({ log: "stopped" });
    });
  }
});
