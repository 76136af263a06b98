/**
 * Writes a summary of each day (UTC) into files of its own: when the day is over, every hour until then, and at the
 * stop. What an earlier run has written for the day is added to. A full disk costs nothing but the files, and they are
 * tried again each hour.
 */

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tell } from "../log.ts";
import { added, fileName, fileText, METRICS, NOTHING, numbersIn, type Volumes, volumesOf } from "./volume.ts";

const HOUR_MS = 3_600_000;
/** Days that could not be written and are kept: a month of them is a few kilobytes. */
const UNWRITTEN_MOST = 31;

export interface DailyArgs {
  readonly directory: string;
  /** What is summed up, for the files: the POP. */
  readonly service: string;
  /** What all threads have counted so far. */
  readonly sums: () => Float64Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly tell: Tell;
}

export class DailySummary {
  readonly #args: DailyArgs;
  /** To be added to what is counted, for the numbers of this day. */
  #offset: Volumes = NOTHING;
  #day: string;
  /** Files that are to be written, by name. */
  readonly #unwritten = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #troubled = false;
  #work: Promise<void> = Promise.resolve();

  constructor(args: DailyArgs) {
    this.#args = args;
    this.#day = dayOf(args.now());
  }

  /** Takes what an earlier run has written for this day, and writes by itself from now on. Never rejects. */
  async begin(): Promise<void> {
    const { directory, service } = this.#args;
    const read = METRICS.map(async (metric) => {
      const text = await readFile(join(directory, fileName(service, this.#day, metric)), "utf8").catch(() => "");
      return [metric, numbersIn(text)] as const;
    });
    this.#offset = Object.fromEntries(await Promise.all(read)) as Volumes;
    this.#wait();
  }

  #wait(): void {
    // On the hour, and so at midnight: what comes later is counted for the next day.
    const left = HOUR_MS - (this.#args.now() % HOUR_MS);
    this.#timer = setTimeout(() => {
      this.#wait();
      void this.look();
    }, left).unref();
  }

  /** Writes what there is so far; of a day that is over, for the last time. Never rejects. */
  look(): Promise<void> {
    const counted = volumesOf(this.#args.sums());
    const volumes = added(counted, this.#offset);
    for (const metric of METRICS) {
      const name = fileName(this.#args.service, this.#day, metric);
      this.#unwritten.set(name, fileText(this.#args.service, this.#day, metric, volumes));
    }
    const today = dayOf(this.#args.now());
    if (today !== this.#day) {
      this.#day = today;
      this.#offset = added(NOTHING, counted, -1);
    }
    this.#work = this.#work.then(() => this.#write());
    return this.#work;
  }

  async #write(): Promise<void> {
    const { directory, tell } = this.#args;
    try {
      await mkdir(directory, { recursive: true });
      for (const [name, text] of this.#unwritten) {
        await replaceFile(join(directory, name), text);
        if (this.#unwritten.get(name) === text) this.#unwritten.delete(name);
      }
      if (this.#troubled) tell("info", "summary.written", { directory }, "daily summaries are written again");
      this.#troubled = false;
    } catch (error) {
      const [oldest] = this.#unwritten.keys();
      if (this.#unwritten.size > UNWRITTEN_MOST * METRICS.length) this.#unwritten.delete(oldest);
      const text = `the daily summary can't be written to ${directory}: ${(error as Error).message}; it is tried again each hour`;
      if (!this.#troubled) tell("error", "summary.unwritten", { directory }, text);
      this.#troubled = true;
    }
  }

  /** Writes for the last time. Never rejects. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.look();
  }
}

/** YYYY-MM-DD, UTC. */
function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** Whoever reads the file has the old one or the new one, and no half. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
