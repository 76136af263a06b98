/**
 * The zones of this POP: which files there are, what each last gave, and what is served. Decides, and does no I/O:
 * listings, file states and load results come in; jobs and updates go out.
 */

import { Word } from "../zone/image.ts";
import type { Problem } from "../zone/problem.ts";
import { apexKey } from "./apexkey.ts";
import type { FileJob, FileResult, ZoneUpdate } from "./messages.ts";

/** A zone must be missing from this many scans before it is dropped: editors remove a file to put a new one in place. */
const MISSED_SCANS = 2;

export interface ZoneState {
  readonly job: FileJob;
  /** Files that make the zone, each with its state when it was read. */
  signatures: ReadonlyMap<string, string>;
  apex: Uint8Array | undefined;
  /** The image that is served. */
  image: SharedArrayBuffer | undefined;
  /** What the last loading said; errors mean that an older version is served, or none. */
  problems: readonly Problem[];
  errors: number;
  loadedAt: number;
  /** How long loading it took, in milliseconds. */
  milliseconds: number;
  /** Since when the file is not what is served, as it has errors. */
  refusedAt: number | undefined;
  missed: number;
  loading: boolean;
  /** The file that holds the zone which this one claims too. */
  clash: string | undefined;
  /** That file has let go of the zone: this one is to be loaded again. */
  waits: boolean;
}

export interface Change {
  readonly state: ZoneState;
  readonly result: FileResult;
  /** Empty when nothing that is served has changed. */
  readonly updates: readonly ZoneUpdate[];
}

export class ZoneSet {
  readonly #states = new Map<string, ZoneState>();
  readonly #byApex = new Map<string, ZoneState>();

  get states(): Iterable<ZoneState> {
    return this.#states.values();
  }

  get size(): number {
    return this.#states.size;
  }

  /** Every file whose state tells of a change. */
  files(): string[] {
    return [...this.#states.values()].flatMap(({ signatures }) => [...signatures.keys()]);
  }

  /** Takes a listing: new files become jobs. Missing ones are dropped when they have been missing often enough. */
  list(jobs: readonly FileJob[], keepMissing: boolean): { readonly added: FileJob[]; readonly dropped: ZoneState[] } {
    const present = new Set(jobs.map(({ file }) => file));
    const added: FileJob[] = [];
    for (const job of jobs) {
      const state = this.#states.get(job.file);
      if (state) state.missed = 0;
      else {
        this.#states.set(job.file, fresh(job));
        added.push(job);
      }
    }
    // An empty list is more likely an unmounted disk than the wish to serve nothing: the zones stay.
    const keep = keepMissing || present.size === 0;
    const dropped = keep ? [] : [...this.#states.values()].filter((state) => this.#isGone(state, present));
    for (const state of dropped) this.#drop(state);
    return { added, dropped };
  }

  #drop(state: ZoneState): void {
    this.#states.delete(state.job.file);
    this.#letGo(state);
  }

  /** A file makes its zone no longer. One that claimed the zone too gets its turn, and keeps what is served till then. */
  #letGo(state: ZoneState): void {
    if (state.apex) this.#byApex.delete(apexKey(state.apex));
    for (const other of this.#states.values()) {
      if (other.clash !== state.job.file) continue;
      other.clash = undefined;
      other.waits = true;
      this.#handOver(state, other);
    }
  }

  /** Makes the zone of one file, and what is served for it, another's; unless that one has a zone already. */
  #handOver(from: ZoneState, to: ZoneState): void {
    if (from.apex === undefined || to.apex !== undefined) return;
    this.#byApex.set(apexKey(from.apex), to);
    to.apex = from.apex;
    to.image = from.image;
    to.loadedAt = from.loadedAt;
    to.milliseconds = from.milliseconds;
    from.apex = undefined;
    from.image = undefined;
  }

  #isGone(state: ZoneState, present: ReadonlySet<string>): boolean {
    if (present.has(state.job.file) || state.loading) return false;
    return ++state.missed >= MISSED_SCANS;
  }

  /** True while a file is missing that the next scan may drop, or one waits to be loaded again. */
  get doubtful(): boolean {
    return [...this.#states.values()].some(({ missed, waits }) => missed > 0 || waits);
  }

  /** Jobs for the zones whose files are no longer as they were when read. */
  changed(now: ReadonlyMap<string, string>): FileJob[] {
    return [...this.#states.values()]
      .filter(({ loading, missed }) => !loading && missed === 0)
      .filter(({ waits, signatures }) => waits || [...signatures].some(([file, before]) => now.get(file) !== before))
      .map(({ job }) => job);
  }

  /** Marks files as being loaded. */
  loading(jobs: readonly FileJob[]): void {
    for (const { file } of jobs) {
      const state = this.#states.get(file);
      if (state) state.loading = true;
    }
  }

  /** Takes what loading a file gave. A file with errors changes nothing of what is served. */
  loaded(result: FileResult, at: number): Change | undefined {
    const state = this.#states.get(result.file);
    if (!state) return undefined;
    state.loading = false;
    state.waits = false;
    state.signatures = result.signatures;
    const holder = this.#holder(state, result);
    state.clash = holder === state ? undefined : holder?.job.file;
    const outcome = state.clash === undefined ? result : refused(result, state.clash);
    state.problems = outcome.problems;
    state.errors = outcome.errors;
    state.refusedAt = outcome.errors > 0 ? (state.refusedAt ?? at) : undefined;
    return { state, result: outcome, updates: state.clash === undefined ? this.#updates(state, outcome, at) : [] };
  }

  /** The file that has the zone which a result is for. */
  #holder(state: ZoneState, { apex, image }: FileResult): ZoneState | undefined {
    const holder = apex && this.#byApex.get(apexKey(apex));
    if (holder === undefined || holder === state) return holder;
    // A file that is missing was renamed to this one, most likely; one that never loaded has nothing to lose.
    const yields = holder.missed > 0 || (holder.image === undefined && image !== undefined);
    if (!yields || state.apex !== undefined) return holder;
    this.#handOver(holder, state);
    // It says so when it is looked at again.
    holder.waits = true;
    return state;
  }

  #updates(state: ZoneState, result: FileResult, at: number): ZoneUpdate[] {
    const { apex, image } = result;
    if (apex === undefined || (image === undefined && state.image !== undefined)) return [];
    const updates: ZoneUpdate[] = [{ apex, image, held: true }];
    if (state.apex && apexKey(state.apex) !== apexKey(apex)) {
      // The file is another zone now.
      const old = state.apex;
      this.#letGo(state);
      if (!this.#byApex.has(apexKey(old))) updates.push({ apex: old, image: undefined, held: false });
    }
    this.#byApex.set(apexKey(apex), state);
    state.apex = apex;
    if (image !== undefined) {
      state.image = image;
      state.loadedAt = at;
      state.milliseconds = result.milliseconds;
    }
    return updates;
  }
}

function fresh(job: FileJob): ZoneState {
  return {
    job,
    signatures: new Map(),
    apex: undefined,
    image: undefined,
    problems: [],
    errors: 0,
    loadedAt: 0,
    milliseconds: 0,
    refusedAt: undefined,
    missed: 0,
    loading: true,
    clash: undefined,
    waits: false,
  };
}

function refused(result: FileResult, other: string): FileResult {
  const message = `this zone is already loaded from ${other}: remove one of the two files`;
  const problem: Problem = { severity: "error", file: result.file, line: 0, column: 0, message };
  return { ...result, image: undefined, problems: [problem], errors: 1 };
}

/** The serial of a zone's image. */
export function serialOf(image: SharedArrayBuffer): number {
  return new Uint32Array(image, 0, Word.SERIAL + 1)[Word.SERIAL];
}

/** The records in a zone's image. */
export function recordsOf(image: SharedArrayBuffer): number {
  return new Uint32Array(image, 0, Word.RECORDS + 1)[Word.RECORDS];
}
