/**
 * Keeps the certificate as its files are: watches them, and gives a new one to the thread that shows it. What can't be used
 * never replaces what can.
 */

import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Tell } from "../log.ts";
import { fileSignature } from "../signature.ts";
import { type Certificate, type CertificateFiles, readCertificate } from "./certificate.ts";
import { troubleOf } from "./validity.ts";

/** Files are left alone until nothing has changed for this long: a certificate and its key are two of them. */
const QUIET_MS = 250;
/** What can't be used is looked at once more before that is told of: the other file may be on its way. */
const DOUBT_MS = 1_000;
/** A look without cause, in case a change was not told; with jitter, so that a fleet does not beat in time. */
const SCAN_MS = 10_000;
/** How often the end that comes near is told of. */
const REMIND_MS = 24 * 60 * 60 * 1000;

/** What is shown to clients; the thread that does is started with it. */
export interface HeldCertificate {
  now: Certificate;
}

export interface CertificateKeeperArgs {
  readonly files: CertificateFiles;
  readonly held: HeldCertificate;
  /** A new one is held. */
  readonly changed: (certificate: Certificate) => void;
  readonly tell: Tell;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class CertificateKeeper {
  readonly #args: CertificateKeeperArgs;
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #reminder: NodeJS.Timeout | undefined;
  /** What told the state of the files before they were read last. */
  #seen = "";
  /** It could not be used at the last look. */
  #doubtful = false;
  /** What was refused, and told. */
  #refused: string | undefined;
  #looking = false;
  #closed = false;

  constructor(args: CertificateKeeperArgs) {
    this.#args = args;
  }

  /** Tells of the one that is held, and watches its files. */
  start(): void {
    const { files } = this.#args;
    for (const directory of new Set([files.cert, files.key].map((file) => dirname(resolve(file))))) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#schedule(QUIET_MS));
        watcher.on("error", () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // The looks go on without being told of changes.
      }
    }
    this.#tellLoaded();
    this.#reminder = setInterval(() => this.#tellEnd(), REMIND_MS).unref();
    this.#schedule(SCAN_MS);
  }

  /** Looks at the files now (SIGHUP): also at those that have not changed since they were refused. */
  look(): void {
    this.#seen = "";
    this.#refused = undefined;
    this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#reminder);
    for (const watcher of this.#watchers) watcher.close();
  }

  #schedule(delay: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), delay).unref();
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#schedule(QUIET_MS);
      return;
    }
    this.#looking = true;
    const { cert, key } = this.#args.files;
    const seen = (await Promise.all([cert, key].map(fileSignature))).join(" ");
    const changed = seen !== this.#seen;
    this.#seen = seen;
    if (changed || this.#doubtful) await this.#read(changed);
    this.#looking = false;
    this.#schedule(this.#doubtful ? DOUBT_MS : SCAN_MS * (0.8 + 0.4 * Math.random()));
  }

  /** `first`: nobody has tried what is there now. */
  async #read(first: boolean): Promise<void> {
    const { files, held, changed } = this.#args;
    try {
      const read = await readCertificate(files);
      this.#doubtful = false;
      this.#refused = undefined;
      if (this.#closed || (read.cert === held.now.cert && read.key === held.now.key)) return;
      held.now = read;
      changed(read);
      this.#tellLoaded();
    } catch (error) {
      this.#doubtful = first;
      if (!first) this.#tellRefused((error as Error).message);
    }
  }

  #tellLoaded(): void {
    const { held, tell } = this.#args;
    const { name, ends } = held.now;
    const until = new Date(ends).toISOString();
    tell("info", "tls.loaded", { name, ends: until }, `TLS by the certificate of ${name}, good until ${until}`);
    this.#tellEnd();
  }

  #tellEnd(): void {
    const { held, tell, now } = this.#args;
    const { name, ends } = held.now;
    const why = troubleOf(held.now, now());
    if (why === undefined) return;
    tell("warn", "tls.expiring", { name, ends: new Date(ends).toISOString() }, `the certificate of ${name}: ${why}`);
  }

  #tellRefused(why: string): void {
    if (this.#refused === why) return;
    this.#refused = why;
    const { held, tell } = this.#args;
    tell("error", "tls.refused", { why }, `${why}; the certificate of ${held.now.name} stays`);
  }
}
