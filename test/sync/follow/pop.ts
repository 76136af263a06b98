/** A POP without threads: what its answering would be is a map, and images are the texts themselves. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textOf } from "../../../src/sync/blob/unpack.ts";
import { Copy } from "../../../src/sync/follow/copy.ts";
import { Follower } from "../../../src/sync/follow/follower.ts";
import type { Compiled, CompileWork, CountsNow, Surroundings, ZoneSwap } from "../../../src/sync/follow/following.ts";
import type { FollowOptions } from "../../../src/sync/follow/options.ts";
import type { Trust } from "../../../src/sync/manifest/keys.ts";
import type { Version } from "../../../src/sync/manifest/manifest.ts";
import { type PopReport, readReport } from "../../../src/sync/report.ts";
import type { Store } from "../../../src/sync/store/store.ts";

/** Short enough that nobody waits for them. */
export const QUICK: Partial<FollowOptions> = {
  ...{ confirm: 60, dropEvery: 20, report: 100, reportSoon: 5, again: 5, againMost: 20, spread: 0, keepAgain: 20 },
};

/** Resolves when it is so; rejects after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what = "", patience = 10_000): Promise<void> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it did not come to pass: ${what || condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export interface Told {
  readonly level: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface PopArgs {
  readonly pop?: string;
  readonly groups?: readonly string[];
  readonly directory?: string;
  readonly options?: Partial<FollowOptions>;
  readonly openCopy?: (useless?: string) => Copy;
  /** Images that an earlier run has left. */
  readonly images?: Map<string, SharedArrayBuffer>;
}

/** A directory that is removed at the end. */
export function scratch(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "zonecast-follow-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export class Pop {
  readonly name: string;
  readonly follower: Follower;
  /** What is answered: the text of each zone. */
  readonly answers = new Map<string, string>();
  /** The images that are served. */
  readonly served = new Map<string, SharedArrayBuffer>();
  readonly told: Told[] = [];
  readonly swaps: (readonly string[])[] = [];
  readonly compiled: CompileWork[] = [];
  readonly images: Map<string, SharedArrayBuffer>;
  readonly counts = new Map<string, CountsNow>();
  ready = false;
  /** Its clock's, in milliseconds. */
  ahead = 0;
  /** Takes what others refuse. */
  tolerant = false;
  /** What compiling and serving wait for. */
  compiling: (work: CompileWork) => Promise<void> = async () => {};
  serving: (swaps: readonly ZoneSwap[]) => Promise<void> = async () => {};
  #dead = false;
  #copy: Copy | undefined;
  readonly #store: Store;

  constructor(store: Store, trust: Trust, directory: string, args: PopArgs = {}) {
    this.name = args.pop ?? "ams1";
    this.images = args.images ?? new Map();
    this.#store = store;
    this.follower = new Follower({
      ...{ store, trust, directory, pop: this.name, groups: args.groups ?? [], surroundings: this.#surroundings() },
      facts: {
        ...{ release: "test", ask: ["192.0.2.1@53"], ready: () => this.ready, announcing: () => this.ready },
        ...{ standings: () => [], ordered: () => undefined, counts: (zone) => this.counts.get(zone) },
      },
      options: { ...QUICK, ...args.options },
      openCopy: (useless) => {
        this.#copy = args.openCopy ? args.openCopy(useless) : new Copy(directory, useless);
        return this.#copy;
      },
    });
  }

  /** Starts it; resolves when it is ready. */
  async start(): Promise<void> {
    await this.follower.start();
    this.ready = true;
    this.follower.changed();
  }

  /** As kill -9: nothing is written any more. */
  kill(): void {
    this.#dead = true;
    this.#copy?.close();
    void this.follower.close();
  }

  async close(): Promise<void> {
    await this.follower.close();
    this.#dead = true;
  }

  /** The serial that is answered for a zone. */
  serial(zone: string): number | undefined {
    return serialIn(this.answers.get(zone));
  }

  events(event: string): Told[] {
    return this.told.filter((told) => told.event === event);
  }

  /** Its last report. */
  async report(): Promise<PopReport | undefined> {
    const report = (await this.#store.reports()).find(({ pop }) => pop === this.name);
    return report && readReport(report.octets);
  }

  #surroundings(): Surroundings {
    return {
      compile: (work) => this.#compile(work),
      stored: (zone, { sha256 }: Version): Compiled | undefined => {
        const image = this.images.get(`${zone} ${sha256}`);
        return image && { image, problems: [], why: undefined, from: "image" };
      },
      serve: async (swaps) => {
        await this.serving(swaps);
        if (this.#dead) return new Promise(() => {});
        this.swaps.push(swaps.map(({ zone }) => zone));
        for (const { zone, image } of swaps) this.#answer(zone, image);
      },
      tell: (level, event, facts, text) => void this.told.push({ level, event, facts, text }),
      now: () => Date.now() + this.ahead,
      monotonic: () => performance.now(),
      random: Math.random,
    };
  }

  #answer(zone: string, image: SharedArrayBuffer | undefined): void {
    if (image) this.served.set(zone, image);
    else this.served.delete(zone);
    if (image) this.answers.set(zone, Buffer.from(image).toString());
    else this.answers.delete(zone);
  }

  async #compile(work: CompileWork): Promise<Compiled> {
    this.compiled.push(work);
    await this.compiling(work);
    const refused = (why: string): Compiled => ({ image: undefined, problems: [], why, from: "text" });
    try {
      const text = Buffer.from(textOf(work.version, work.pieces));
      if (text.includes("BAD") && !this.tolerant) return refused("1 error: BAD is no record");
      const image = new SharedArrayBuffer(text.length);
      new Uint8Array(image).set(text);
      this.images.set(`${work.zone} ${work.version.sha256}`, image);
      return { image, problems: [], why: undefined, from: "text" };
    } catch (error) {
      return refused((error as Error).message);
    }
  }
}

/** The serial of a text. */
export function serialIn(text: string | undefined): number | undefined {
  const serial = text?.split("\n", 1)[0].split(" ")[2];
  return serial === undefined ? undefined : Number(serial);
}
