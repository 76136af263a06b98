/**
 * The guard of the routes: a process that does nothing but wait for the server's end. End of stream, or silence beyond the
 * hold time, and it takes away all that the server has announced.
 */

import { createInterface } from "node:readline";
import { withdrawFromBird } from "../bird/daemon.ts";
import { withdrawFromFrr } from "../frr/daemon.ts";
import { DaemonTrouble } from "./daemon.ts";
import { ARM, BEAT, BEATS, BYE, DISARM, type Orders, type Way } from "./orders.ts";

/** Milliseconds between two tries to withdraw, and how many there are: what does not answer for a minute is itself dead. */
const AGAIN = 500;
const TRIES = 120;

/** Waits on standard input for the server's end. */
function guard(): void {
  // systemd sends SIGTERM to the whole control group, and the server may be at its end for minutes.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  // Whoever read what we write may be gone: that is just when we are needed.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  let watch: Watch | undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    if (line === BYE) process.exit(0);
    if (watch === undefined) watch = new Watch(JSON.parse(line) as Orders);
    if (line === ARM || line === DISARM) watch.arm(line === ARM);
    watch.heard();
    process.stdout.write(BEAT);
  });
  lines.on("close", () => {
    if (watch === undefined) process.exit(0);
    else watch.end("has ended");
  });
}

/** Measures the silence. */
class Watch {
  readonly #orders: Orders;
  #timer: NodeJS.Timeout | undefined;
  #armed = false;
  #ending = false;

  constructor(orders: Orders) {
    this.#orders = orders;
  }

  /** Whether routes are our server's. */
  arm(armed: boolean): void {
    this.#armed = armed;
  }

  heard(): void {
    if (!this.#ending) this.#wait(this.#orders.hold);
  }

  /** Takes the routes away, and ends this process. */
  end(what: string): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#timer);
    if (!this.#armed) process.exit(0);
    void withdraw(this.#orders.way).then((result) => {
      process.stderr.write(`zonecast guard: the server ${what}: ${result}\n`);
      process.exit(0);
    });
  }

  #wait(time: number): void {
    clearTimeout(this.#timer);
    const due = performance.now() + time;
    this.#timer = setTimeout(() => {
      const third = this.#orders.hold / BEATS;
      // So late only when we, or the whole machine, did not run: the server gets the chance to beat again.
      if (performance.now() - due > third) this.#wait(third);
      else this.end(`has said nothing for ${this.#orders.hold} ms`);
    }, time);
  }
}

/** Withdraws, again and again if it must be; how that went. */
async function withdraw(way: Way): Promise<string> {
  let why = "";
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      await (way.by === "bird" ? withdrawFromBird(way.socket) : withdrawFromFrr(way.vtysh));
      return "its routes are withdrawn";
    } catch (error) {
      if (error instanceof DaemonTrouble && error.absent) return "its routes have gone with the routing daemon";
      if (tries === 0) process.stderr.write(`zonecast guard: can't withdraw yet: ${(error as Error).message}\n`);
      why = (error as Error).message;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  return `its routes could not be withdrawn: ${why}`;
}

guard();
