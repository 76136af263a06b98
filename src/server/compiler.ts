/** Makes images of zone files: takes those that are kept, and has the compile thread make the others. */

import { setImmediate } from "node:timers/promises";
import { compilerMark } from "./compilermark.ts";
import type { Refusal } from "./imagefile.ts";
import { clearOut, imagesIn } from "./imagefolder.ts";
import { ImageStore } from "./imagestore.ts";
import { Lane, type TellKept } from "./lane.ts";
import type { FileJob, FileResult } from "./messages.ts";
import { fileSignatureSync } from "./signature.ts";

const IDLE_MS = 2000;

/** The main thread takes images for so long before it looks at what else there is. */
const SLICE_MS = 20;

/** Where compiled zones are kept, and who is told how that went. */
export interface Keeping {
  readonly images: string;
  readonly kept: TellKept;
}

export class Compiler {
  readonly #done: (results: readonly FileResult[]) => void;
  readonly #keeping: Keeping | undefined;
  readonly #lane: Lane<FileJob, FileResult>;
  /** What earlier runs have kept, until the first load. */
  #store: ImageStore | undefined;
  /** Images that were not taken, by zone file. */
  readonly #discarded = new Map<string, Refusal>();
  #taking = false;
  #closed = false;
  #tidied = false;
  #first = true;

  /**
   * `done` takes results as they come; each job gives one. Without `keeping`, every start parses everything. `unable` is
   * told why there is no thread.
   */
  constructor(
    done: (results: readonly FileResult[]) => void,
    keeping?: Keeping,
    unable: (why: string) => void = () => {},
  ) {
    this.#done = done;
    this.#keeping = keeping;
    this.#lane = new Lane({
      images: keeping?.images,
      kept: (written, unwritable) => keeping?.kept(written, unwritable),
      idle: IDLE_MS,
      done: (results) => this.#take(results),
      lost,
      unable,
    });
  }

  get busy(): boolean {
    return this.#taking || this.#lane.waiting > 0;
  }

  /**
   * Gets ready ahead of the first work. The thread starts at the very moment when the answering threads want the
   * processor: where there are images, it waits until something is to be parsed.
   */
  start(): void {
    const { images } = this.#keeping ?? {};
    const names = images === undefined ? [] : imagesIn(images);
    if (images !== undefined && names.length > 0) this.#store = new ImageStore(images, compilerMark(), names);
    else this.#lane.start();
  }

  /** Loads files; only when not busy. */
  load(jobs: readonly FileJob[]): void {
    if (jobs.length === 0) return;
    const store = this.#store;
    this.#store = undefined;
    if (store) void this.#loadImages(store, jobs);
    else this.#compile(jobs);
  }

  /**
   * By this thread, which has nothing else to do before the first zone is there: 1 ms for each MB of image. Only at the
   * start: later, a file is loaded because it has changed.
   */
  async #loadImages(store: ImageStore, jobs: readonly FileJob[]): Promise<void> {
    this.#taking = true;
    const now = Math.floor(Date.now() / 1000);
    const taken: FileResult[] = [];
    const others: FileJob[] = [];
    let since = performance.now();
    for (const job of jobs) {
      const image = store.take(job, now);
      if (image && "file" in image) taken.push(image);
      else others.push(job);
      if (image && "why" in image) this.#discarded.set(job.file, image);
      if (performance.now() - since < SLICE_MS) continue;
      this.#take(taken.splice(0));
      await setImmediate();
      if (this.#closed) return;
      since = performance.now();
    }
    this.#compile(others);
    this.#taking = false;
    this.#take(taken);
  }

  /** The first load of all is not held back: until it is done, there is little to answer. */
  #compile(jobs: readonly FileJob[]): void {
    this.#lane.load(jobs, !this.#first);
    this.#first = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#lane.close();
  }

  #take(results: readonly FileResult[]): void {
    this.#done(
      results.map((result) => ({ ...result, discarded: result.discarded ?? this.#discarded.get(result.file) })),
    );
    if (!this.busy) this.#tidy();
  }

  /** Once all is served for the first time. */
  #tidy(): void {
    this.#discarded.clear();
    if (this.#keeping && !this.#tidied) void clearOut(this.#keeping.images, Date.now());
    this.#tidied = true;
  }
}

function lost(job: FileJob, message: string): FileResult {
  return {
    file: job.file,
    apex: job.apex ?? job.origin,
    image: undefined,
    problems: [{ severity: "error", file: job.file, line: 0, column: 0, message }],
    errors: 1,
    signatures: new Map([[job.file, fileSignatureSync(job.file)]]),
    milliseconds: 0,
    from: "text",
    discarded: undefined,
  };
}
