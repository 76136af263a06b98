/** A thread that sends queries at a steady rate and notes what comes back. */

import { createSocket } from "node:dgram";
import { parentPort, workerData } from "node:worker_threads";
import { encode } from "dns-packet";
import type { Seen } from "./reload.ts";

const { port, rate, names } = workerData as { port: number; rate: number; names: number };
/** A reply that takes longer is lost. */
const LOST_MS = 1000;
/** One query in this many asks for the name whose address tells the version. */
const VERSION_EVERY = 50;

const sentAt = new Float64Array(65536);
let sent = 0;
let lost = 0;
let wrong = 0;
let delays: number[] = [];
let versions: number[] = [];
let id = 0;
let name = 0;
const socket = createSocket({
  type: "udp4",
  // As much as the system allows: what this thread can't take at once is no loss of the server's.
  recvBufferSize: 4 << 20,
  lookup: (host, _options, done) => done(null, host, 4),
});
const versionQuery = encode({ type: "query", questions: [{ type: "A", name: "version.big.example" }] });
const queries = Array.from({ length: 5000 }, (_, i) =>
  encode({ type: "query", questions: [{ type: "A", name: `h${(i * 7919) % names}.big.example` }] }),
);

socket.on("message", (reply) => {
  const key = reply.readUInt16BE(0);
  if (sentAt[key] === 0) return;
  delays.push(performance.now() - sentAt[key]);
  sentAt[key] = 0;
  if ((reply[3] & 15) !== 0 || reply[7] !== 1) wrong++;
  const version = reply[reply.length - 1];
  if (key % VERSION_EVERY === 0 && versions.at(-1) !== version) versions.push(version);
});

function send(): void {
  id = (id + 1) & 0xffff;
  if (sentAt[id] !== 0) lost++;
  const query = id % VERSION_EVERY === 0 ? versionQuery : queries[name++ % queries.length];
  query.writeUInt16BE(id, 0);
  sentAt[id] = performance.now();
  sent++;
  socket.send(query, port, "127.0.0.1");
}

const started = performance.now();
let due = 0;
setInterval(() => {
  due = ((performance.now() - started) * rate) / 1000;
  while (total < due) {
    total++;
    send();
  }
}, 1);
let total = 0;

parentPort?.on("message", () => {
  const now = performance.now();
  for (let key = 0; key < 65536; key++) {
    if (sentAt[key] !== 0 && now - sentAt[key] > LOST_MS) {
      lost++;
      sentAt[key] = 0;
    }
  }
  const sorted = delays.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  parentPort?.postMessage({ sent, lost, wrong, p50: at(0.5), p99: at(0.99), max: at(1), versions } satisfies Seen);
  sent = 0;
  lost = 0;
  wrong = 0;
  delays = [];
  versions = [];
});
