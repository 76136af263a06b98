/** Asks over TCP: connections that stay, with queries ahead of their answers, and new ones all the time. Started with an AskerStart. */

import { connect, type Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { Framer } from "../../src/transport/framer.ts";
import type { AskerStart } from "./asker.ts";
import { judge, type Question, questionsFor } from "./questions.ts";
import { Control, Tally, talliesOf, Versions } from "./shared.ts";

/** Connections that stay, to each server; every so many milliseconds each is asked so much. */
const CONNECTIONS = 4;
const EVERY_MS = 50;
const AHEAD = 5;
/** Milliseconds of silence: a lost segment is sent again, and a server may be given no processor for seconds. */
const LOST_MS = 20_000;

const start = workerData as AskerStart;
const control = new Control(start.memory);
const tallies = talliesOf(start.memory, start.thread);
const versions = new Versions(start.memory);

interface Asked {
  readonly question: Question;
  readonly oldest: number;
}

class Connection {
  readonly #socket: Socket;
  readonly #open = new Map<number, Asked>();
  #next = 0;
  ended = false;

  constructor(port: number) {
    const framer = new Framer();
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk) => framer.take(chunk, (reply, length) => this.#take(reply, length)));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#over());
    this.#socket.setTimeout(LOST_MS, () => this.#socket.destroy());
  }

  get waits(): boolean {
    return this.#open.size > 0;
  }

  ask(question: Question): void {
    const id = this.#next++ & 0xffff;
    const message = Buffer.alloc(2 + question.wire.length);
    message.writeUInt16BE(question.wire.length);
    message.set(question.wire, 2);
    message.writeUInt16BE(id, 2);
    this.#open.set(id, { question, oldest: versions.oldest(question.zone) });
    tallies[Tally.SENT]++;
    this.#socket.write(message);
  }

  end(): void {
    this.#socket.end();
  }

  #take(reply: Uint8Array, length: number): boolean {
    const id = (reply[0] << 8) | reply[1];
    const asked = this.#open.get(id);
    if (!asked) {
      tallies[Tally.WRONG]++;
      return true;
    }
    this.#open.delete(id);
    judge(asked.question, asked.oldest, reply, length, versions, tallies);
    return true;
  }

  #over(): void {
    this.ended = true;
    tallies[Tally.LOST] += this.#open.size;
    this.#open.clear();
  }
}

const stations = start.targets.map(({ port, zones }) => ({
  port,
  questions: questionsFor(zones),
  kept: [] as Connection[],
}));
const young = new Set<Connection>();
let turn = 0;
const timer = setInterval(() => {
  turn++;
  for (const { port, questions, kept } of stations) {
    for (let i = 0; i < CONNECTIONS; i++) {
      // The first query, and the one after a server has gone.
      if (kept[i] === undefined || kept[i].ended) kept[i] = new Connection(port);
      for (let k = 0; k < AHEAD; k++) kept[i].ask(questions[(turn * 11 + i * AHEAD + k) % questions.length]);
    }
    const one = new Connection(port);
    one.ask(questions[turn % questions.length]);
    one.end();
    young.add(one);
  }
  for (const one of young) if (one.ended) young.delete(one);
  if (control.stopped) finish();
}, EVERY_MS);

function finish(): void {
  clearInterval(timer);
  for (const { kept } of stations) for (const one of kept) one.end();
}
