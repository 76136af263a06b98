/**
 * Asks over UDP at a steady rate, in batches and from many ports, and waits for no answer: a server that stands still is seen
 * in full. Started with an AskerStart.
 */

import { workerData } from "node:worker_threads";
import { BatchRoom } from "../../src/transport/batchroom.ts";
import {
  AF_INET,
  type Libc,
  MSG_DONTWAIT,
  openLibc,
  POLLIN,
  SO_RCVBUF,
  SOCK_DGRAM_CLOEXEC,
  SOL_SOCKET,
  systemError,
} from "../../src/transport/libc.ts";
import { sockaddrOf } from "../../src/transport/sockaddr.ts";
import type { AskerStart } from "./asker.ts";
import { judge, type Question, questionsFor } from "./questions.ts";
import { Control, type Tallies, Tally, talliesOf, Versions } from "./shared.ts";

const SOCKETS = 16;
const BATCH = 32;
/** Ids of a port: at 200,000 queries a second they come round after five seconds. */
const IDS = 65_536;
/** A server that is given no processor for seconds answers late; that is told, and is no loss. */
const LOST_MS = 4000;
/** Milliseconds of queries that are made up for when this side was held up. */
const BEHIND_MS = 20;
/** Unanswered queries of a socket when as many are asked as are answered. */
const WINDOW = 12;
const QUEUE = 4 << 20;

/** One port to ask from, and what it has asked. */
class Lane {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #room: BatchRoom;
  readonly #questions: readonly Question[];
  readonly #versions: Versions;
  readonly #tallies: Tallies;
  readonly #sentAt = new Float64Array(IDS);
  readonly #oldest = new Int32Array(IDS);
  readonly #question = new Int32Array(IDS).fill(-1);
  #next = 0;
  /** All before it have come to their end. */
  #tail = 0;
  #turn: number;
  open = 0;

  constructor(
    libc: Libc,
    port: number,
    questions: readonly Question[],
    versions: Versions,
    tallies: Tallies,
    skip: number,
  ) {
    this.#libc = libc;
    this.#room = new BatchRoom(BATCH, libc);
    this.#questions = questions;
    this.#versions = versions;
    this.#tallies = tallies;
    this.#turn = skip;
    this.fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (this.fd < 0) throw systemError(libc, "socket");
    // Memory of its own: the kernel reads it.
    const size = new Int32Array(new ArrayBuffer(4)).fill(QUEUE);
    libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUF, size, 4);
    const server = sockaddrOf({ address: "127.0.0.1", port });
    for (let slot = 0; slot < BATCH; slot++) this.#room.addresses.set(server, slot * this.#room.addressStride);
  }

  /** Sends so many, as far as the batch has room; how many. */
  send(count: number, now: number): number {
    const room = this.#room;
    const wanted = Math.min(count, BATCH);
    for (let slot = 0; slot < wanted; slot++) {
      const id = this.#next++ % IDS;
      const at = this.#turn++ % this.#questions.length;
      const { wire, zone } = this.#questions[at];
      const out = room.replies[slot];
      out.set(wire);
      out[0] = id >>> 8;
      out[1] = id;
      room.reply(slot, wire.length);
      this.#question[id] = at;
      this.#sentAt[id] = now;
      this.#oldest[id] = this.#versions.oldest(zone);
    }
    const sent = Math.max(0, this.#libc.sendmmsg(this.fd, room.outgoing[0], wanted, MSG_DONTWAIT));
    // What the kernel did not take was not sent.
    for (let i = sent; i < wanted; i++) this.#question[--this.#next % IDS] = -1;
    this.#tallies[Tally.SENT] += sent;
    this.open += sent;
    return sent;
  }

  /** Takes the answers that are there; how many. */
  receive(): number {
    const room = this.#room;
    const count = this.#libc.recvmmsg(this.fd, room.incoming, BATCH, MSG_DONTWAIT, null);
    for (let slot = 0; slot < count; slot++) {
      const length = room.received(slot);
      const reply = room.queries[slot];
      const id = (reply[0] << 8) | reply[1];
      const at = this.#question[id];
      if (at < 0) {
        this.#tallies[Tally.LATE]++;
        continue;
      }
      this.#question[id] = -1;
      this.open--;
      judge(this.#questions[at], this.#oldest[id], reply, length, this.#versions, this.#tallies);
    }
    return count;
  }

  /** Gives up what was sent before then. */
  giveUp(before: number): void {
    for (; this.#tail < this.#next; this.#tail++) {
      const id = this.#tail % IDS;
      if (this.#question[id] < 0) continue;
      if (this.#sentAt[id] >= before) return;
      this.#question[id] = -1;
      this.open--;
      this.#tallies[Tally.LOST]++;
    }
  }
}

const start = workerData as AskerStart;
const libc = await openLibc();
const control = new Control(start.memory);
const tallies = talliesOf(start.memory, start.thread);
const versions = new Versions(start.memory);
const lanes = start.targets.flatMap(({ port, zones }) => {
  const questions = questionsFor(zones);
  const each = SOCKETS / start.targets.length;
  return Array.from({ length: each }, (_, i) => new Lane(libc, port, questions, versions, tallies, i * 7));
});

/** What is due at the rate that is wanted now. */
class Pace {
  #rate = -1;
  #since = 0;
  #asked = 0;

  /** How many are to be sent now: what this side was held up for is left out, but for a little. */
  due(now: number): number {
    const { rate } = control;
    if (rate !== this.#rate) {
      this.#rate = rate;
      this.#since = now;
      this.#asked = 0;
    }
    const due = Math.floor(((now - this.#since) * rate) / 1000) - this.#asked;
    const most = Math.ceil((BEHIND_MS * rate) / 1000);
    tallies[Tally.SKIPPED] += Math.max(0, due - most);
    this.#asked += due;
    return Math.min(due, most);
  }
}

/** Sends so many from one port after another; how many. */
function spread(count: number, now: number, turn: number): number {
  let left = count;
  const share = Math.ceil(count / lanes.length);
  for (let i = 0; i < lanes.length && left > 0; i++) {
    left -= lanes[(turn + i) % lanes.length].send(Math.min(share, left), now);
  }
  return count - left;
}

/** Sends from each port as many as were answered there. */
function refill(now: number): number {
  let sent = 0;
  for (const lane of lanes) if (lane.open < WINDOW) sent += lane.send(WINDOW - lane.open, now);
  return sent;
}

function receive(): number {
  let received = 0;
  for (const lane of lanes) received += Math.max(0, lane.receive());
  return received;
}

const polled: Int32Array = new Int32Array(new ArrayBuffer(lanes.length * 8));
polled.set(lanes.flatMap(({ fd }) => [fd, POLLIN]));
const pace = new Pace();
let looked = 0;
for (let turn = 0; !control.stopped; turn++) {
  const now = performance.now();
  const sent = control.rate === 0 ? refill(now) : spread(pace.due(now), now, turn);
  if (sent + receive() === 0) libc.poll(polled, lanes.length, 1);
  if (now - looked < 100) continue;
  looked = now;
  for (const lane of lanes) lane.giveUp(now - LOST_MS);
}
for (const until = performance.now() + LOST_MS; performance.now() < until && lanes.some(({ open }) => open > 0); ) {
  libc.poll(polled, lanes.length, 1);
  receive();
}
for (const lane of lanes) lane.giveUp(Number.POSITIVE_INFINITY);
