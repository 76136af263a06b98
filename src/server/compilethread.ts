/**
 * The thread that reads and compiles zone files, so that no answer ever waits for one. Takes jobs, gives results, and
 * writes images when nobody waits for anything.
 */

import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { whyNot } from "../text/systemerror.ts";
import { LinkMaker } from "../zone/linkmaker.ts";
import { compilerMark } from "./compilermark.ts";
import { ImageStore, type Kept } from "./imagestore.ts";
import type { CompilerSetup, FromCompiler, Job } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { type LoadedFile, loadFile } from "./zonefile.ts";

/** Results are told in batches: ten thousand small zones are not ten thousand messages. */
const BATCH = 64;
/** A batch of so much text, in octets, is told at once: a large zone does not wait for others. */
const MUCH_TEXT = 4 << 20;

/**
 * Linux counts niceness by thread: a reload takes the processor only when no query wants it. Measured with 20,000
 * queries a second on two cores while a million names are loaded again: p99 of 2–4 ms instead of 4–7.
 */
const NICE = 10;
const { first, images } = workerData as CompilerSetup;
/** It takes none: that is done before there is such a thread. */
const store = images === undefined ? undefined : new ImageStore(images, compilerMark(), []);
/** Images that others hold now: this thread has no more use for them. */
const given = new OldImages();
const maker = new LinkMaker();
/** What has been loaded and not told. */
const loaded: { readonly job: Job; readonly file: LoadedFile }[] = [];
let text = 0;
/** What is to be written, by zone file. */
const kept = new Map<string, Kept>();
let started = !first;
let written = 0;
let unwritable: string | undefined;

parentPort?.on("message", (jobs: readonly Job[]) => {
  // The first load of all is not held back: until it is done, there is little to answer.
  if (started) yieldToAnswers();
  started = true;
  const now = Math.floor(Date.now() / 1000);
  for (const job of jobs) {
    const file = loadFile(job, now, maker);
    loaded.push({ job, file });
    text += file.sources.reduce((octets, { bytes }) => octets + bytes.length, 0);
    if (loaded.length === BATCH || text > MUCH_TEXT) tell();
  }
  tell();
  setImmediate(keep);
});

function tell(): void {
  if (loaded.length === 0) return;
  const told = loaded.splice(0);
  text = 0;
  say({ say: "results", results: told.map(({ file }) => file.result) });
  for (const { job, file } of told) {
    given.replaced(file.result.image);
    // Only now: nobody waits for the digest of the text.
    const image = store?.prepare(job, file);
    if (image) kept.set(job.file, image);
    else kept.delete(job.file);
  }
}

/** Writes one image after another; jobs that come meanwhile are taken in between. */
function keep(): void {
  for (const [file, image] of kept) {
    kept.delete(file);
    yieldToAnswers();
    write(image);
    setImmediate(keep);
    return;
  }
  say({ say: "idle", written, unwritable });
  written = 0;
  unwritable = undefined;
}

function write(image: Kept): void {
  try {
    store?.write(image);
    written++;
  } catch (error) {
    unwritable = whyNot("write", error);
  }
}

function say(message: FromCompiler): void {
  parentPort?.postMessage(message);
}

function yieldToAnswers(): void {
  try {
    setPriority(0, NICE);
  } catch {
    // Some sandboxes forbid it; then both share.
  }
}
