/** Makes images of versions from the store, in two lanes: a small zone never waits for a large one. */

import type { Compiled, CompileWork } from "../sync/follow/following.ts";
import type { Version } from "../sync/manifest/manifest.ts";
import { compilerMark } from "./compilermark.ts";
import { clearOut, imagesIn } from "./imagefolder.ts";
import { ImageStore } from "./imagestore.ts";
import { Lane, type TellKept } from "./lane.ts";
import type { PopLimits, TextJob, TextResult } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { lostText } from "./zonetext.ts";

/** A zone of more text than this, in octets, goes with the large ones: it takes 50 ms to compile, or more. */
const LARGE_TEXT = 1 << 20;
/** Fewer zones than this at the start are not worth a second thread. */
const MANY = 16;
/** The thread for large zones is ended when idle: tens of megabytes go with it. */
const IDLE_MS = 2000;

const STOPPING = "the server is stopping";

interface Waiting {
  readonly job: TextJob;
  readonly resolve: (compiled: Compiled) => void;
}

/** Which version an image is of, and what it was made from in this run. */
export interface Origin {
  readonly version: number;
  readonly from: "text" | "image";
  /** How long compiling took; undefined for an image that stood ready. */
  readonly milliseconds?: number;
}

export interface TextCompilerSettings {
  /** The folder to keep compiled zones in. */
  readonly images: string;
  readonly kept: TellKept;
  /** Is told why there is no thread to compile with. */
  readonly unable?: (why: string) => void;
  readonly limits: PopLimits;
}

export class TextCompiler {
  readonly #settings: TextCompilerSettings;
  readonly #small: Lane<TextJob, TextResult>;
  readonly #large: Lane<TextJob, TextResult>;
  readonly #waiting = new Map<TextJob, Waiting["resolve"]>();
  readonly #origins = new WeakMap<SharedArrayBuffer, Origin>();
  readonly #old = new OldImages();
  /** Small ones that the next message takes. */
  #next: Waiting[] = [];
  /** What earlier runs have kept. */
  #stored: ImageStore | undefined;
  /** Large zones on their way. */
  #largeOnes = 0;
  #yields = false;
  #closed = false;

  constructor(settings: TextCompilerSettings) {
    this.#settings = settings;
    const { images, kept, unable = () => {} } = settings;
    const done = (results: readonly TextResult[], jobs: readonly TextJob[]) => this.#done(results, jobs);
    const shared = { images, kept, done, lost: lostText, unable };
    // Started once for all: a push is compiled in a millisecond, and would wait 60 ms for a thread.
    this.#small = new Lane({ ...shared, idle: Infinity });
    this.#large = new Lane({ ...shared, idle: IDLE_MS });
  }

  /** Looks for what earlier runs have kept, and gets a thread ready. */
  start(): void {
    const names = imagesIn(this.#settings.images);
    if (names.length > 0) this.#stored = new ImageStore(this.#settings.images, compilerMark(), names);
    this.#small.start();
  }

  /** From now on the answering threads come first. What no start has used for long is cleared out. */
  settle(): void {
    if (this.#yields) return;
    this.#yields = true;
    void clearOut(this.#settings.images, Date.now());
  }

  /** See Surroundings. */
  stored(zone: string, { sha256, version }: Version): Compiled | undefined {
    const taken = this.#stored?.takeText(zone, sha256, Math.floor(Date.now() / 1000));
    if (taken === undefined || !("from" in taken)) return undefined;
    if (taken.image) this.#origins.set(taken.image, { version, from: "image" });
    return taken;
  }

  /** See Surroundings. */
  compile(work: CompileWork): Promise<Compiled> {
    const { zone, version, pieces } = work;
    const before = this.#judgedAgainst(work);
    const job: TextJob = { zone, version, pieces, before, limits: this.#settings.limits };
    if (this.#closed) return Promise.resolve(lostText(job, STOPPING));
    return new Promise((resolve) => {
      if (version.size > LARGE_TEXT) {
        this.#largeOnes++;
        this.#load(this.#large, [{ job, resolve }]);
        return;
      }
      // All that come in one turn of the event loop go in one message.
      if (this.#next.push({ job, resolve }) === 1) {
        setImmediate(() => this.#loadSmall(this.#next.splice(0)));
      }
    });
  }

  /**
   * The guard goes by what the publisher has judged, and has said to be meant: the step from one version. Whoever has
   * missed versions takes several such steps in one; and the way back from a version that was wrong must be open, however
   * much the zone loses by it.
   */
  #judgedAgainst({ version, before }: CompileWork): SharedArrayBuffer | undefined {
    const served = before && this.#origins.get(before)?.version;
    return served !== undefined && served === version.after ? before : undefined;
  }

  /** Where an image came from; undefined for one that did not come from here. */
  originOf(image: SharedArrayBuffer): Origin | undefined {
    return this.#origins.get(image);
  }

  /** What has no result gets none: it is said to be lost. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#small.close(), this.#large.close()]);
    for (const { job, resolve } of this.#next.splice(0)) resolve(lostText(job, STOPPING));
    for (const [job, resolve] of this.#waiting) resolve(lostText(job, STOPPING));
    this.#waiting.clear();
  }

  /** Until there is something to answer for, both threads are for what there is to do: 10,000 zones take 1.6 s, not 2. */
  #loadSmall(waiting: readonly Waiting[]): void {
    const small = this.#small.waiting;
    const large = this.#large.waiting;
    if (this.#yields || this.#largeOnes > 0 || waiting.length < MANY) this.#load(this.#small, waiting);
    else if (small + large > 0) this.#load(small <= large ? this.#small : this.#large, waiting);
    else {
      this.#load(this.#small, waiting.slice(waiting.length >> 1));
      this.#load(this.#large, waiting.slice(0, waiting.length >> 1));
    }
  }

  #load(lane: Lane<TextJob, TextResult>, waiting: readonly Waiting[]): void {
    const jobs = shared(waiting.map(({ job }) => job));
    for (const [i, job] of jobs.entries()) this.#waiting.set(job, waiting[i].resolve);
    lane.load(jobs, this.#yields);
  }

  #done(results: readonly TextResult[], jobs: readonly TextJob[]): void {
    for (const [i, job] of jobs.entries()) {
      const result = results[i];
      if (result.image)
        this.#origins.set(result.image, {
          version: job.version.version,
          from: "text",
          milliseconds: result.milliseconds,
        });
      this.#waiting.get(job)?.(result);
      this.#waiting.delete(job);
      if (job.version.size <= LARGE_TEXT) continue;
      this.#largeOnes--;
      this.#old.replaced(job.pieces[0]?.buffer as SharedArrayBuffer | undefined);
    }
  }
}

/**
 * The jobs with their pieces in one piece of memory that threads share: copied once, whatever buffers they are views of,
 * and still there when a thread has died of one of them.
 */
function shared(jobs: readonly TextJob[]): TextJob[] {
  let octets = 0;
  for (const { pieces } of jobs) for (const piece of pieces) octets += piece.length;
  const all = new Uint8Array(new SharedArrayBuffer(octets));
  let at = 0;
  const share = (piece: Uint8Array) => {
    const copy = all.subarray(at, at + piece.length);
    copy.set(piece);
    at += piece.length;
    return copy;
  };
  return jobs.map((job) => ({ ...job, pieces: job.pieces.map(share) }));
}
