/**
 * Writes a backlog to a file, a named pipe or standard output. One write at a time; what fails is tried again later, from
 * the octet on where it stopped, so that no line is cut when a full disk has room again.
 */

import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, whyNot } from "../text/systemerror.ts";
import { type Backlog, type Chunk, onlyChanges, type Sink, type Trouble } from "./backlog.ts";
import { type Descriptor, openDescriptor, STDOUT } from "./descriptor.ts";

/** A pipe that is full is looked at again after this; whatever else fails, after that. Milliseconds. */
const FULL_MS = 10;
const RETRY_MS = 1000;
/** How often a file is looked for: whoever rotates logs moves it away, and wants a new one. */
const LOOK_MS = 1000;
/** A pipe that takes nothing for so long is said to be too slow. */
const SLOW_MS = 2000;
const LINE_END = 10;

/** How far a chunk is written. */
interface Progress {
  readonly octets: Buffer;
  at: number;
  /** Lines that were cut, as their reader went. */
  lost: number;
  /** When anything was written last. */
  since: number;
}

export class FileSink implements Sink {
  readonly #path: string;
  readonly #backlog: Backlog;
  readonly #tell: Trouble;
  #descriptor: Descriptor | undefined;
  #looked = 0;
  #running: Promise<void> | undefined;
  /** No more tries. */
  #closing = new AbortController();

  /** `path`: "-" is standard output. */
  constructor(path: string, backlog: Backlog, trouble: Trouble) {
    this.#path = path;
    this.#backlog = backlog;
    this.#tell = onlyChanges(trouble);
  }

  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    for (let chunk = this.#backlog.take(); chunk !== undefined; chunk = this.#backlog.take()) {
      await this.#lookForFile();
      await this.#write(chunk);
    }
  }

  /** Until it is written, or nobody waits for that any more. */
  async #write(chunk: Chunk): Promise<void> {
    const progress = { octets: chunk.octets, at: 0, lost: 0, since: performance.now() };
    while (progress.at < chunk.octets.length && !this.#closing.signal.aborted) {
      try {
        await this.#writeSome(progress);
      } catch (error) {
        await this.#failed(progress, error);
      }
    }
    if (progress.at < chunk.octets.length) this.#backlog.lost(chunk);
    else this.#backlog.done(chunk, progress.lost);
  }

  async #writeSome(progress: Progress): Promise<void> {
    this.#descriptor ??= await openDescriptor(this.#path);
    const written = await this.#descriptor.write(progress.octets, progress.at);
    if (written === 0) return;
    progress.at += written;
    progress.since = performance.now();
    this.#tell(undefined);
  }

  async #failed(progress: Progress, error: unknown): Promise<void> {
    const code = errorCode(error);
    if (code === "EAGAIN") {
      if (performance.now() - progress.since > SLOW_MS) this.#tell(`${nameOf(this.#path)} is not read, or too slowly`);
      await this.#pause(FULL_MS);
      return;
    }
    if (code === "EPIPE" || code === "EBADF") {
      await this.#forget();
      // The next reader of a pipe begins with a whole line.
      const next = nextLine(progress.octets, progress.at);
      if (next !== progress.at) progress.lost++;
      progress.at = next;
    }
    this.#tell(whyNotWritten(this.#path, error));
    await this.#pause(RETRY_MS);
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
  }

  /** A file that is not there under its name any more is made anew. */
  async #lookForFile(): Promise<void> {
    const now = performance.now();
    if (this.#descriptor?.file === undefined || now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    const there = await stat(this.#path).catch(() => undefined);
    if (there?.ino !== this.#descriptor.file.ino || there.dev !== this.#descriptor.file.dev) await this.#forget();
  }

  async #forget(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    await descriptor?.close().catch(() => {});
  }

  async close(milliseconds: number): Promise<boolean> {
    this.wake();
    const late = sleep(milliseconds, false, { ref: false });
    const finished = () => Promise.race([(this.#running ?? Promise.resolve()).then(() => true), late]);
    if (!(await finished())) {
      this.#closing.abort();
      // One look more: whoever only waited for the next try has ended. Who has not is in the system's hands.
      const gone = await Promise.race([
        (this.#running ?? Promise.resolve()).then(() => true),
        sleep(FULL_MS * 5, false),
      ]);
      if (!gone) return false;
    }
    await this.#forget();
    return true;
  }
}

/** The start of the line after the one that `at` is within; `at` itself where a line starts. */
function nextLine(octets: Buffer, at: number): number {
  if (at === 0 || octets[at - 1] === LINE_END) return at;
  const end = octets.indexOf(LINE_END, at);
  return end < 0 ? octets.length : end + 1;
}

function nameOf(path: string): string {
  return path === STDOUT ? "standard output" : path;
}

function whyNotWritten(path: string, error: unknown): string {
  const code = errorCode(error);
  if (code === "EPIPE" || code === "ENXIO") return `nobody reads ${nameOf(path)}`;
  return `${nameOf(path)}: ${whyNot("write", error)}`;
}
