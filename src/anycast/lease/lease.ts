/**
 * The lease on routes that a daemon would hold without us: a guard, which is a process of its own (guard.ts), takes them
 * away when this process ends, hangs or is stopped. This is our side: it starts the guard, beats, and starts another one
 * when that dies or hangs.
 *
 * Not covered: guard and server killed in the same instant (the control group's end, kill -9 on both). ExecStopPost in the
 * systemd unit closes that (deploy/README.md). When the whole machine ends, the daemon's own sessions end with it, and
 * routers see that by BFD or their hold time.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { AnnouncerSurroundings } from "../announcer.ts";
import { ARM, BEAT, BEATS, BYE, DISARM, type Orders } from "./orders.ts";

/** Milliseconds between two guards, when the first one does not even begin. */
const PAUSE = 1000;
/** Milliseconds that a guard has to begin: Node starts in 60 on a quiet machine. */
const START = 10_000;
/** Milliseconds that a guard has to go when it is told to. */
const LEAVE = 500;

export class Lease {
  readonly #orders: Orders;
  readonly #surroundings: AnnouncerSurroundings;
  readonly #changed: () => void;
  #guard: ChildProcess | undefined;
  #ready = false;
  /** Beats since the guard was last heard. */
  #unanswered = 0;
  #timers: NodeJS.Timeout[] = [];
  #over = false;
  #armed = false;

  /** `changed` is called when `held` is another. */
  constructor(orders: Orders, surroundings: AnnouncerSurroundings, changed: () => void) {
    this.#orders = orders;
    this.#surroundings = surroundings;
    this.#changed = changed;
  }

  /** True while a guard watches: what is announced now will not outlive us. */
  get held(): boolean {
    return this.#ready;
  }

  /** The guard's, while there is one. */
  get pid(): number | undefined {
    return this.#guard?.pid;
  }

  /** From now on routes are ours: the guard takes them away at our end. */
  arm(): void {
    this.#arm(true);
  }

  /** They are not, after all. */
  disarm(): void {
    this.#arm(false);
  }

  #arm(armed: boolean): void {
    if (armed === this.#armed) return;
    this.#armed = armed;
    this.#say(armed ? ARM : DISARM);
    this.#keepRunning();
  }

  /** Who has no routes may end without a word to the guard, and is not kept from it. */
  #keepRunning(): void {
    const guard = this.#guard;
    const pipes = [guard?.stdin, guard?.stdout] as readonly (Socket | null | undefined)[];
    for (const one of [guard, ...pipes, ...this.#timers]) this.#armed ? one?.ref() : one?.unref();
  }

  start(): void {
    // Only PATH: no Node option, and no secret, is for the guard.
    const env = { PATH: process.env.PATH ?? "" };
    // Detached: a Ctrl-C on the terminal is for the server, which then says bye.
    const guard = spawn(process.execPath, [fileURLToPath(new URL("./guard.ts", import.meta.url))], {
      detached: true,
      cwd: "/",
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#guard = guard;
    this.#unanswered = 0;
    guard.on("error", (error) => this.#ended(guard, error.message));
    guard.on("exit", (code, signal) => this.#ended(guard, signal ?? `exit code ${code}`));
    // Its end is told by "exit"; a pipe that breaks says nothing more.
    guard.stdin?.on("error", () => {});
    guard.stdout?.on("data", () => this.#heard());
    this.#say(JSON.stringify(this.#orders));
    if (this.#armed) this.#say(ARM);
    this.#timers = [setInterval(() => this.#beat(), this.#orders.hold / BEATS)];
    this.#keepRunning();
  }

  /** All has been withdrawn: the guard goes without doing anything. */
  async release(): Promise<void> {
    const guard = this.#guard;
    this.#finish();
    if (guard === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    guard.stdin?.end(`${BYE}\n`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LEAVE);
      guard.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** What is announced could not be withdrawn: the guard goes on trying when we are gone. */
  abandon(): void {
    const guard = this.#guard;
    this.#finish();
    guard?.stdin?.end();
    // It may take a while, and is not waited for.
    guard?.stdout?.destroy();
    guard?.unref();
  }

  #finish(): void {
    this.#over = true;
    this.#ready = false;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #say(line: string): void {
    this.#guard?.stdin?.write(`${line}\n`);
  }

  #beat(): void {
    this.#say(BEAT);
    const every = this.#orders.hold / BEATS;
    // Counted, not timed: our own pause is not the guard's silence.
    if (++this.#unanswered > Math.max(BEATS, this.#ready ? 0 : START / every)) this.#guard?.kill("SIGKILL");
  }

  #heard(): void {
    this.#unanswered = 0;
    if (this.#ready || this.#over) return;
    this.#ready = true;
    this.#changed();
  }

  #ended(guard: ChildProcess, why: string): void {
    if (this.#over || guard !== this.#guard) return;
    for (const timer of this.#timers) clearTimeout(timer);
    const text = `the guard of the routes has ended (${why}): another one is started`;
    this.#surroundings.tell("warn", "guard-ended", { why }, text);
    this.#guard = undefined;
    // One that never began is not started again and again without a pause.
    this.#timers = [setTimeout(() => this.start(), this.#ready ? 0 : PAUSE)];
    this.#keepRunning();
    this.#ready = false;
    this.#changed();
  }
}
