/**
 * The thread that reads and compiles zones, so that no answer ever waits for one. Takes jobs, gives results, and writes
 * images when nobody waits for anything.
 */

import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { whyNot } from "../text/systemerror.ts";
import { LinkMaker } from "../zone/linkmaker.ts";
import { compilerMark } from "./compilermark.ts";
import { nameOf } from "./imagefolder.ts";
import { ImageStore, type Kept, type Made } from "./imagestore.ts";
import type { CompilerSetup, FromCompiler, Job, ToCompiler } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { loadFile } from "./zonefile.ts";
import { loadText } from "./zonetext.ts";

/** Results are told in batches: ten thousand small zones are not ten thousand messages. */
const BATCH = 64;
/** A batch of so much text, in octets, is told at once: a large zone does not wait for others. */
const MUCH_TEXT = 4 << 20;

/**
 * Linux counts niceness by thread: a reload takes the processor only when no query wants it. Measured with 20,000
 * queries a second on two cores while a million names are loaded again: p99 of 2–4 ms instead of 4–7.
 */
const NICE = 10;
const { images } = workerData as CompilerSetup;
/** It takes none: that is done before there is such a thread. */
const store = images === undefined ? undefined : new ImageStore(images, compilerMark(), []);
/** Images that others hold now: this thread has no more use for them. */
const given = new OldImages();
const maker = new LinkMaker();
/** What has been made and not told. */
const made: { readonly job: Job; readonly made: Made }[] = [];
let text = 0;
/** What is to be written, by the image's name. */
const kept = new Map<string, Kept>();
let written = 0;
let unwritable: string | undefined;

parentPort?.on("message", ({ jobs, yields }: ToCompiler) => {
  if (yields) yieldToAnswers();
  const now = Math.floor(Date.now() / 1000);
  for (const job of jobs) {
    const one = "file" in job ? loadFile(job, now, maker) : loadText(job, now, maker);
    made.push({ job, made: one });
    text += one.sources.reduce((octets, { bytes }) => octets + bytes.length, 0);
    if (made.length === BATCH || text > MUCH_TEXT) tell();
  }
  tell();
  setImmediate(keep);
});

function tell(): void {
  if (made.length === 0) return;
  const told = made.splice(0);
  text = 0;
  say({ say: "results", results: told.map(({ made: { result } }) => result) });
  for (const { job, made: one } of told) {
    given.replaced(one.result.image);
    // Only now: nobody waits for the digest of the text.
    const image = store?.prepare(job, one);
    if (image) kept.set(image.name, image);
    else if (store && one.result.image) kept.delete(nameOf(job));
  }
}

/** Writes one image after another; jobs that come meanwhile are taken in between. */
function keep(): void {
  for (const [name, image] of kept) {
    kept.delete(name);
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
