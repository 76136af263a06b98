/**
 * Watches what a POP answers, from one socket, without a break: a version's number never goes back, through all the
 * POP's lives; what it has once answered for in one life it never refuses in that life; and no answer is of two versions.
 */

import { createSocket, type Socket } from "node:dgram";
import { versionIn, versionQuery } from "./zones.ts";

const EVERY_MS = 10;

export class Sentry {
  /** What should not have been, as sentences. */
  readonly faults: string[] = [];
  /** Answers with a version. */
  answers = 0;
  readonly #pop: string;
  readonly #zones: readonly string[];
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #last = new Map<string, number>();
  /** Zones that were answered for in this life. */
  #served = new Set<string>();
  /** Queries are numbered through: an answer to one that was asked before another one that was answered says nothing. */
  #id = 0;
  #answered = 0;

  constructor(pop: string, port: number, zones: readonly string[]) {
    this.#pop = pop;
    this.#zones = zones;
    this.#socket = createSocket("udp4");
    this.#socket.on("message", (octets) => this.#take(octets));
    // Nobody there: the POP is down.
    this.#socket.on("error", () => {});
    this.#socket.connect(port, "127.0.0.1");
    this.#timer = setInterval(() => this.#ask(), EVERY_MS);
  }

  /** The last number seen of a zone. */
  last(zone: string): number | undefined {
    return this.#last.get(zone);
  }

  /** The POP is ended: it may refuse again until it has loaded what it had. */
  died(): void {
    this.#served = new Set();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #ask(): void {
    const id = this.#id++ & 0xffff;
    try {
      this.#socket.send(versionQuery(id, this.#zones[id % this.#zones.length] ?? ""));
    } catch {
      // Not connected yet.
    }
  }

  #take(octets: Buffer): void {
    const id = octets.readUInt16BE(0);
    // Of a life before, or overtaken by another one.
    if (((id - this.#answered) & 0xffff) > 0x8000) return;
    this.#answered = id;
    const zone = this.#zones[id % this.#zones.length] ?? "";
    const seen = versionIn(octets);
    if (typeof seen === "number") this.#version(zone, seen);
    else if ("mixed" in seen) this.#fault(`${zone} of two versions at once: ${seen.mixed}`);
    else if (this.#served.has(zone)) this.#fault(`${zone} ${seen.rcode} after version ${this.#last.get(zone)}`);
  }

  #version(zone: string, serial: number): void {
    const last = this.#last.get(zone) ?? 0;
    if (serial < last) this.#fault(`${zone} went back from ${last} to ${serial}`);
    this.#last.set(zone, Math.max(last, serial));
    this.#served.add(zone);
    this.answers++;
  }

  #fault(text: string): void {
    this.faults.push(`${this.#pop}: ${text}`);
  }
}
