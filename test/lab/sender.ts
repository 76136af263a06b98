/**
 * A client: asks every address 100 times a second, and knows what became of each query. Run at a client's host with an IPC
 * channel; what it is told and tells is in SenderRequest and SenderReport.
 */

import { createSocket, type Socket } from "node:dgram";
import { now } from "./clock.ts";
import { nsidQuery, readAnswer } from "./nsid.ts";

/** Milliseconds between two queries to an address. */
export const EVERY_MS = 10;
/** A query without an answer by then is lost. */
export const DEADLINE_MS = 1000;
/** Ports to ask from: which of a POP's threads a query comes to, and which of two equal paths it takes, goes by them. */
const PORTS = 8;
/** Queries remembered for an address: 11 minutes. The id of a query is its place. */
const REMEMBERED = 65536;

export interface SenderRequest {
  readonly number: number;
  /** Queries that were sent from then until then. */
  readonly from: number;
  readonly until: number;
  /** Milliseconds after that: DEADLINE_MS, so that the fate of the last query is known, or less for a glance. */
  readonly wait: number;
}

/** Of one address. */
export interface StreamReport {
  readonly address: string;
  readonly sent: number;
  /** Without an answer before the deadline; and answered with anything but the record. */
  readonly lost: number;
  readonly wrong: number;
  /** By POP: how many it has answered, when first and when last. */
  readonly by: Readonly<Record<string, { readonly count: number; readonly first: number; readonly last: number }>>;
  /** When the last one that was lost was sent; undefined when none was. */
  readonly lastLost: number | undefined;
}

export interface SenderReport {
  readonly number: number;
  readonly streams: readonly StreamReport[];
}

class Stream {
  readonly address: string;
  readonly #query: Buffer;
  readonly #sockets: Socket[] = [];
  readonly #sent = new Float64Array(REMEMBERED);
  readonly #answered = new Float64Array(REMEMBERED);
  readonly #right = new Uint8Array(REMEMBERED);
  readonly #by = new Array<string>(REMEMBERED).fill("");
  #next = 0;

  constructor(address: string, name: string) {
    this.address = address;
    this.#query = nsidQuery(name);
    for (let i = 0; i < PORTS; i++) {
      const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
      socket.on("message", (message) => this.#take(message));
      // A host or net that is unreachable is a query that is lost.
      socket.on("error", () => {});
      this.#sockets.push(socket);
    }
  }

  ask(): void {
    const id = this.#next % REMEMBERED;
    this.#query.writeUInt16BE(id, 0);
    this.#sent[id] = now();
    this.#answered[id] = 0;
    this.#sockets[this.#next % PORTS].send(Uint8Array.from(this.#query), 53, this.address, () => {});
    this.#next++;
  }

  #take(message: Buffer): void {
    const at = now();
    const answer = readAnswer(message);
    if (answer === undefined || this.#answered[answer.id] !== 0) return;
    this.#answered[answer.id] = at;
    this.#right[answer.id] = answer.right ? 1 : 0;
    this.#by[answer.id] = answer.pop;
  }

  report(from: number, until: number): StreamReport {
    const by: Record<string, { count: number; first: number; last: number }> = {};
    let lastLost: number | undefined;
    let [sent, lost, wrong] = [0, 0, 0];
    for (let i = Math.max(0, this.#next - REMEMBERED); i < this.#next; i++) {
      const id = i % REMEMBERED;
      const [asked, answered] = [this.#sent[id], this.#answered[id]];
      if (asked < from || asked > until) continue;
      sent++;
      if (answered === 0 || answered - asked > DEADLINE_MS) {
        lost++;
        lastLost = asked;
        continue;
      }
      if (this.#right[id] === 0) wrong++;
      const pop = this.#by[id];
      const before = by[pop] ?? { count: 0, first: answered, last: answered };
      by[pop] = {
        count: before.count + 1,
        first: Math.min(before.first, answered),
        last: Math.max(before.last, answered),
      };
    }
    return { address: this.address, sent, lost, wrong, by, lastLost };
  }
}

/** Asks until the channel is closed. */
function main(name: string, addresses: readonly string[]): void {
  const streams = addresses.map((address) => new Stream(address, name));
  const start = now();
  let turns = 0;
  setInterval(() => {
    // A timer that came late is made up for, as a client's users would not wait for it.
    for (; start + turns * EVERY_MS <= now(); turns++) for (const stream of streams) stream.ask();
  }, EVERY_MS / 2);
  process.on("message", ({ number, from, until, wait }: SenderRequest) => {
    const tell = () => {
      const report: SenderReport = { number, streams: streams.map((stream) => stream.report(from, until)) };
      process.send?.(report);
    };
    setTimeout(tell, Math.max(0, until + wait - now()));
  });
  process.on("disconnect", () => process.exit());
}

if (import.meta.main) main(process.argv[2], process.argv.slice(3));
