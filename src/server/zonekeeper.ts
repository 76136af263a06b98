/**
 * Keeps the zones as the files are: scans, watches, has changed files compiled, and hands out what to serve. A scan
 * follows every change that the system tells of, once the files are quiet, and comes by itself now and then, as not
 * every file system tells.
 */

import { dirname, join, resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Logger } from "pino";
import { nameToText } from "../text/name.ts";
import { errorsToText, problemToText } from "../zone/problem.ts";
import { Compiler } from "./compiler.ts";
import { FolderWatch } from "./folderwatch.ts";
import type { Refusal } from "./imagefile.ts";
import type { FileJob, FileResult, ZoneUpdate } from "./messages.ts";
import { fileSignature } from "./signature.ts";
import { type Listing, listZones, type ZoneSources } from "./sources.ts";
import { toldUnable, toldUnwritable } from "./unwritable.ts";
import { type Change, recordsOf, serialOf, ZoneSet, type ZoneState } from "./zoneset.ts";
import type { ZoneFacts, ZoneSource, ZoneStatus } from "./zonesource.ts";

/** Files are left alone until nothing has changed for this long: most editors are done by then. */
const QUIET_MS = 150;
/** A directory that is never quiet is looked at this long after its first change all the same. */
const RESTLESS_MS = 1_000;
/** A scan without cause, in case a change was not told; with jitter, so that a fleet does not beat in time. */
const SCAN_MS = 10_000;
/** The second look at files that are missing. */
const DOUBT_MS = 1_000;
/** Files looked at together. */
const STATS_AT_ONCE = 256;

export class ZoneKeeper implements ZoneSource {
  readonly #zones = new ZoneSet();
  readonly #sources: ZoneSources;
  readonly #log: Logger;
  readonly #serve: (updates: readonly ZoneUpdate[], complete: boolean) => void;
  readonly #compiler: Compiler;
  readonly #watch = new FolderWatch(() => this.#changed());
  readonly #unreadable = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** Until the start has listed all files, too: who asks for a look before has it then. */
  #scanning = true;
  /** A change was told of while a scan, or what it had to compile, was under way. */
  #again = false;
  /** When the first change came that no scan has followed yet. */
  #restlessSince: number | undefined;
  #complete = false;
  /** When all files were last looked at. */
  #looked: number | undefined;
  #ready: () => void = () => {};

  /**
   * `serve` is given each batch of updates; `complete` once every file of the first listing has been tried. `state` is
   * the directory to keep compiled zones in, if any.
   */
  constructor(
    sources: ZoneSources,
    log: Logger,
    serve: (updates: readonly ZoneUpdate[], complete: boolean) => void,
    state?: string,
  ) {
    this.#sources = sources;
    this.#log = log;
    this.#serve = serve;
    const images = state === undefined ? undefined : join(resolve(state), "images");
    const keeping = images === undefined ? undefined : { images, kept: toldUnwritable(images, log) };
    this.#compiler = new Compiler((results) => this.#take(results), keeping, toldUnable(log));
  }

  readonly whenEmpty = "  no zone files found: *.zone, *.db and db.* are served";
  readonly waitsFor: undefined;

  /** Loads everything; resolves when each file has been tried once. A directory that can't be read is an Error. */
  async start(): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      this.#ready = resolve;
    });
    // The thread starts while the directories are read.
    this.#compiler.start();
    this.#watch.watch(this.#folders());
    const listing = await listZones(this.#sources);
    for (const { directory, why } of listing.failed) {
      throw new Error(`zone directory ${directory}: ${why}; create it, or name another with --zones`);
    }
    await this.#follow(listing);
    await ready;
  }

  /** Looks at all files now (SIGHUP). */
  rescan(): void {
    if (this.#scanning) this.#again = true;
    else this.#schedule(0);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#watch.close();
    await this.#compiler.close();
  }

  stateChanged(): void {}

  *names(): Iterable<readonly [zone: string | undefined, served: boolean]> {
    for (const { apex, image } of this.#zones.states) yield [apex && nameToText(apex), image !== undefined];
  }

  *zones(): Iterable<ZoneStatus> {
    for (const state of this.#zones.states) yield statusOf(state);
  }

  *facts(): Iterable<ZoneFacts> {
    for (const { apex, image, errors, refusedAt, loadedAt, milliseconds } of this.#zones.states) {
      yield {
        state: image === undefined ? "failed" : errors > 0 ? "stale" : "serving",
        image,
        // A file that was looked at and has not changed is served as it is.
        confirmed: image && (refusedAt ?? Math.max(this.#looked ?? 0, loadedAt)),
        milliseconds: image && milliseconds,
        name: () => apex && nameToText(apex),
      };
    }
  }

  status(): Readonly<Record<string, unknown>> {
    const { directories, files } = this.#sources;
    return { directories, files: files.map(({ file }) => file) };
  }

  #folders(): Set<string> {
    const { directories, files } = this.#sources;
    return new Set([...directories.map((path) => resolve(path)), ...files.map(({ file }) => dirname(resolve(file)))]);
  }

  /** The system has told of a change. */
  #changed(): void {
    if (this.#scanning) this.#again = true;
    else {
      this.#restlessSince ??= performance.now();
      const left = this.#restlessSince + RESTLESS_MS - performance.now();
      this.#schedule(Math.max(0, Math.min(QUIET_MS, left)));
    }
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#scan(), delay);
  }

  async #scan(): Promise<void> {
    if (this.#scanning || this.#compiler.busy) {
      this.#again = true;
      return;
    }
    this.#scanning = true;
    this.#again = false;
    this.#restlessSince = undefined;
    this.#watch.look();
    const listing = await listZones(this.#sources);
    for (const { directory, why } of listing.failed) this.#tellUnreadable(directory, why);
    if (listing.failed.length === 0) this.#unreadable.clear();
    await this.#follow(listing);
  }

  /** Loads what is new and what has changed, and drops what is gone. */
  async #follow(listing: Listing): Promise<void> {
    // Each of these takes this thread up to 200 ms with 200,000 zones, measured: not all of it in one stretch.
    await turn();
    const { added, dropped } = this.#zones.list(listing.jobs, listing.failed.length > 0);
    for (const { apex, job } of dropped) {
      if (!apex) continue;
      this.#log.warn(
        { event: "zone.dropped", zone: nameToText(apex), file: job.file },
        "zone dropped: its file is gone",
      );
      this.#serve([{ apex, image: undefined, held: false }], this.#complete);
    }
    await turn();
    const at = Date.now();
    const found = await signatures(this.#zones.files());
    await turn();
    const jobs = [...added, ...this.#zones.changed(found)];
    if (listing.failed.length === 0) this.#looked = at;
    await turn();
    this.#scanning = false;
    this.#schedule(SCAN_MS * (0.8 + 0.4 * Math.random()));
    this.#load(jobs);
  }

  #load(jobs: readonly FileJob[]): void {
    this.#zones.loading(jobs);
    this.#compiler.load(jobs);
    if (jobs.length === 0) this.#finished();
  }

  #take(results: readonly FileResult[]): void {
    const updates: ZoneUpdate[] = [];
    for (const result of results) {
      const change = this.#zones.loaded(result, Date.now());
      if (!change) continue;
      this.#tell(change);
      updates.push(...change.updates);
    }
    const idle = !this.#compiler.busy;
    if (updates.length > 0) this.#serve(updates, this.#complete || idle);
    if (idle) this.#finished();
  }

  #finished(): void {
    if (!this.#complete) {
      this.#complete = true;
      this.#serve([], true);
      this.#ready();
    }
    if (this.#again) this.#schedule(QUIET_MS);
    else if (this.#zones.doubtful) this.#schedule(DOUBT_MS);
  }

  #tellUnreadable(directory: string, why: string): void {
    if (this.#unreadable.has(directory)) return;
    this.#unreadable.add(directory);
    const text = `zone directory ${directory}: ${why}; what is served goes on`;
    this.#log.error({ event: "zones.unreadable", directory }, text);
  }

  #tell({ state, result }: Change): void {
    const zone = result.apex ? nameToText(result.apex) : undefined;
    const about = { zone, file: result.file };
    if (result.discarded) this.#tellDiscarded(about, result.discarded);
    for (const problem of result.problems.slice(0, 20)) {
      const level = problem.severity === "error" ? "error" : "warn";
      this.#log[level]({ event: `zone.${problem.severity}`, ...about }, problemToText(problem));
    }
    if (result.image) {
      const facts = {
        serial: serialOf(result.image),
        records: recordsOf(result.image),
        from: result.from,
        ms: Math.round(result.milliseconds),
      };
      this.#log.info({ event: "zone.loaded", ...about, ...facts }, `zone ${zone} loaded, serial ${facts.serial}`);
      return;
    }
    const kept = keptOf(state);
    this.#log.error(
      { event: "zone.refused", ...about, errors: result.errors },
      `zone ${zone ?? result.file} not loaded, ${errorsToText(result.errors)}: ${kept}`,
    );
  }

  #tellDiscarded(about: { readonly file: string }, { kind, why }: Refusal): void {
    const level = kind === "damaged" ? "warn" : "info";
    this.#log[level]({ event: `image.${kind}`, ...about }, `the image of ${about.file} was thrown away: ${why}`);
  }
}

function statusOf({ apex, image, job, errors, problems, loadedAt }: ZoneState): ZoneStatus {
  return {
    zone: apex && nameToText(apex),
    file: job.file,
    state: image === undefined ? "failed" : errors > 0 ? "stale" : "serving",
    serial: image && serialOf(image),
    records: image && recordsOf(image),
    loaded: image && new Date(loadedAt).toISOString(),
    errors,
    problems: problems.map(problemToText),
  };
}

/** What is answered for a zone whose file did not load. */
function keptOf({ image, clash }: ZoneState): string {
  if (clash !== undefined) return `it is answered from ${clash}`;
  return image !== undefined ? `serial ${serialOf(image)} stays` : "it is answered with SERVFAIL";
}

async function signatures(files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let i = 0; i < files.length; i += STATS_AT_ONCE) {
    const some = files.slice(i, i + STATS_AT_ONCE);
    const states = await Promise.all(some.map(fileSignature));
    some.forEach((file, k) => {
      found.set(file, states[k]);
    });
  }
  return found;
}
