/**
 * An announcer over a daemon that holds routes without us: makes the daemon's routes those that are wanted, looks again and
 * again whether they still are (whoever reloads the daemon's configuration resets them), and keeps the lease.
 */

import type { Prefix } from "../../text/prefix.ts";
import type { Announcer, AnnouncerSurroundings, Peer, Wanted } from "../announcer.ts";
import { type Bequest, type Inheritance, type Legacy, levelsOf, wantedFrom } from "../legacy.ts";
import { announcedOf, sameAnnounced, sameHeard } from "./announced.ts";
import { type Daemon, DaemonTrouble, type Seen } from "./daemon.ts";
import { Lease } from "./lease.ts";
import type { Orders } from "./orders.ts";
import { stepsTo } from "./steps.ts";

export interface LeasedOptions {
  /** All that may ever be wanted. */
  readonly prefixes: readonly Prefix[];
  /** Milliseconds between two looks at the daemon. */
  readonly every: number;
  /** Milliseconds until the second try to reach it, and at most between two. */
  readonly retry: { readonly first: number; readonly most: number };
}

export interface LeasedAnnouncer extends Announcer {
  /** The process that watches us: its id, while there is one. */
  readonly guard: number | undefined;
}

/** The daemon as the process before has seen it. Goes through JSON. */
interface LeasedState extends Pick<Peer, "state" | "since" | "tries" | "why"> {
  readonly announced: Legacy["wanted"];
}

/** A daemon that is not there. */
const NOTHING: Seen = { held: [], heard: new Map(), lacks: [] };

/** Milliseconds that close may take: for the withdrawal, and then for the guard. */
const CLOSE = 600;
/** Milliseconds that a guard may take to begin, for whoever waits for it. */
const GUARDED = 10_000;

/** An announcer over the daemon, which looks at it and tells it what has changed. */
export function leasedAnnouncer(
  daemon: Daemon,
  orders: Orders,
  options: LeasedOptions,
  surroundings: AnnouncerSurroundings,
): LeasedAnnouncer {
  return new Leased(daemon, orders, options, surroundings);
}

class Leased implements LeasedAnnouncer {
  readonly #daemon: Daemon;
  readonly #orders: Orders;
  readonly #options: LeasedOptions;
  readonly #surroundings: AnnouncerSurroundings;
  readonly #lease: Lease;
  #wanted: readonly Wanted[] = [];
  /** As of the last look; and whether the routes are surely those yet. */
  #seen: Seen | undefined;
  #sure = false;
  #peer: Peer;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;
  /** It stands still: another process is about to take over. */
  #resting = false;
  #guarded: () => void = () => {};

  constructor(daemon: Daemon, orders: Orders, options: LeasedOptions, surroundings: AnnouncerSurroundings) {
    this.#daemon = daemon;
    this.#orders = orders;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#lease = new Lease(orders, surroundings, () => {
      // A guard that has ended may have withdrawn all: while we were stopped, say.
      this.#sure = false;
      this.#guarded();
      this.#kick();
    });
    const since = surroundings.now();
    this.#peer = { name: daemon.name, state: "connecting", since, why: undefined, tries: 0, announced: [] };
    daemon.onGone((trouble) => {
      // What is being asked at this moment fails, and tells so itself.
      if (this.#running) return;
      this.#down(trouble);
      this.#wait();
    });
  }

  get peers(): readonly Peer[] {
    return [this.#peer];
  }

  get guard(): number | undefined {
    return this.#lease.pid;
  }

  start(): void {
    this.#lease.arm();
    if (this.#lease.pid === undefined) this.#lease.start();
    this.#resting = false;
    this.#kick();
  }

  async prepare(): Promise<void> {
    this.#resting = true;
    const begun = new Promise<void>((resolve) => {
      this.#guarded = resolve;
      setTimeout(resolve, GUARDED).unref();
    });
    this.#lease.start();
    await begun;
  }

  inherit({ by, wanted, peers }: Legacy): Inheritance {
    const { name } = this.#daemon;
    const refused = peers.flatMap((peer) => {
      const why = this.#whyNot(by, peer.name);
      return why === undefined ? [] : [{ peer: peer.name, why }];
    });
    const [peer] = refused.length > 0 ? [] : peers;
    // Two guards for a moment: one too many takes routes away that are announced again at once, one too few leaves them.
    if (peer) this.#lease.arm();
    return {
      taken: peer ? [name] : [],
      refused,
      accept: () => {
        this.#wanted = wantedFrom(wanted, this.#options.prefixes);
        // As the one before has seen it, until the first look.
        if (peer) {
          const { announced, ...rest } = peer.state as LeasedState;
          const all = wantedFrom(announced, this.#options.prefixes);
          this.#peer = { ...rest, name, why: rest.why, announced: all.filter(({ level }) => level !== "off") };
        }
        this.start();
      },
      decline: () => this.#lease.disarm(),
    };
  }

  #whyNot(by: Legacy["by"], name: string): string | undefined {
    if (by !== this.#orders.way.by) return `it is told by ${by}, and is to be by ${this.#orders.way.by} now`;
    if (name !== this.#daemon.name) return `it is another one than ${this.#daemon.name}`;
    return this.#lease.held ? undefined : "no guard watches the new process yet";
  }

  async bequeath(): Promise<Bequest> {
    this.#resting = true;
    clearTimeout(this.#timer);
    await this.#running;
    const { name, announced, ...rest } = this.#peer;
    const state: LeasedState = { ...rest, announced: levelsOf(announced) };
    const peer = { name, terms: "", descriptor: undefined, state };
    return {
      legacy: { by: this.#orders.way.by, wanted: levelsOf(this.#wanted), peers: [peer] },
      descriptors: [],
      left: async (taken) => {
        if (!taken.includes(peer.name)) return this.close();
        this.#closed = true;
        this.#daemon.end();
        this.#closing = this.#lease.release();
        await this.#closing;
      },
      kept: () => {
        this.#resting = false;
        this.#sure = false;
        this.#kick();
      },
    };
  }

  want(all: readonly Wanted[]): void {
    const foreign = all.find(({ prefix }) => !this.#options.prefixes.some(({ text }) => text === prefix.text));
    if (foreign) throw new RangeError(`${foreign.prefix.text} is none of the prefixes to announce`);
    this.#wanted = all;
    this.#kick();
  }

  heard(prefix: Prefix): boolean | undefined {
    return this.#seen?.heard.get(prefix.text);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, CLOSE, false).unref());
    const gone = await Promise.race([this.#withdrawAll(), late]);
    this.#daemon.end();
    if (gone) await this.#lease.release();
    else this.#lease.abandon();
  }

  async #withdrawAll(): Promise<boolean> {
    await this.#running;
    this.#wanted = [];
    await this.#run();
    return this.#seen?.held.length === 0;
  }

  /** Something is to be done: at once, or after what is being done. */
  #kick(): void {
    if (this.#closed || this.#resting) return;
    this.#again = true;
    clearTimeout(this.#timer);
    this.#running ??= Promise.resolve().then(() => this.#runs());
  }

  async #runs(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#run();
    }
    this.#running = undefined;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#resting || this.#running) return;
    const { tries } = this.#peer;
    this.#timer = setTimeout(
      () => {
        this.#sure = false;
        this.#kick();
      },
      tries > 0 ? this.#backOff(tries) : this.#options.every,
    );
  }

  /** Doubled each time; less by up to a quarter, so that POPs that lost their daemons together come back one by one. */
  #backOff(tries: number): number {
    const { first, most } = this.#options.retry;
    return Math.min(most, first * 2 ** (tries - 1)) * (1 - this.#surroundings.random() / 4);
  }

  /** One round: look if that is due, change what is to be changed, and look at what came of it. */
  async #run(): Promise<void> {
    try {
      const before = this.#seen !== undefined && this.#sure ? this.#seen : await this.#look();
      const steps = stepsTo(this.#wanted, before.held, this.#lease.held && !this.#closed);
      this.#sure = steps.length === 0;
      const troubles = steps.length > 0 ? await this.#daemon.change(steps) : [];
      this.#up(this.#sure ? before : await this.#look(), troubles);
    } catch (error) {
      if (!(error instanceof DaemonTrouble)) throw error;
      this.#down(error);
    }
  }

  async #look(): Promise<Seen> {
    const seen = await this.#daemon.look(this.#options.prefixes);
    this.#sure = true;
    return seen;
  }

  #up(seen: Seen, troubles: readonly string[]): void {
    const before = this.#seen;
    this.#seen = seen;
    // Without a protocol that is not wanted now, it is up: but somebody should know before it is.
    const why = troubles[0] ?? seen.lacks[0];
    this.#become({ state: troubles.length > 0 ? "down" : "up", why, tries: 0, announced: announcedOf(seen) });
    if (!sameHeard(before?.heard, seen.heard)) this.#surroundings.changed();
  }

  #down({ message, absent }: DaemonTrouble): void {
    this.#seen = absent ? NOTHING : undefined;
    this.#sure = false;
    this.#become({ state: "down", why: message, tries: this.#peer.tries + 1, announced: [] });
  }

  #become(now: Pick<Peer, "state" | "why" | "tries" | "announced">): void {
    const before = this.#peer;
    const turned = now.state !== before.state;
    this.#peer = { name: before.name, since: turned ? this.#surroundings.now() : before.since, ...now };
    if (turned || now.why !== before.why) this.#tellOf(this.#peer);
    if (turned || !sameAnnounced(now.announced, before.announced) || now.why !== before.why)
      this.#surroundings.changed();
  }

  #tellOf({ name, state, why }: Peer): void {
    if (state === "up")
      this.#surroundings.tell("info", "announcer-up", { peer: name }, `${name} takes what it is told`);
    if (why === undefined) return;
    const level = state === "up" ? "warn" : "error";
    this.#surroundings.tell(level, state === "up" ? "announcer-lacks" : "announcer-down", { peer: name, why }, why);
  }
}
