/**
 * Compiled zones kept on disk, so that a restart need not parse what has not changed. An image is taken when the very
 * octets that it was made from are still there, or are those that the store wants by their digest, and it is as it was
 * written; one that is odd in any way is thrown away.
 */

import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { futimesSync, readSync, realpathSync, type Stats } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { errorCode, whyNot } from "../text/systemerror.ts";
import type { Window } from "../zone/checks/signature.ts";
import { Zone } from "../zone/image.ts";
import type { Source } from "../zone/problem.ts";
import {
  type Account,
  damaged,
  HEAD,
  type Head,
  headOf,
  type Refusal,
  readAccount,
  readHead,
  stale,
} from "./imagefile.ts";
import { type ImageOf, identityOf, imagesIn, nameOf, throwAway, writeWhole } from "./imagefolder.ts";
import type { FileJob, FileResult, JobResult, TextResult } from "./messages.ts";
import { isInside, withFile, withOwnFile } from "./regularfile.ts";
import { signatureOf } from "./signature.ts";

/**
 * A zone of less text, in octets, is not kept. Measured: 4 kB take 0.12 ms to parse and 0.04 to take from an image; ten
 * thousand zones of 250 octets start in 1.7 s, and with ten thousand files more in 1.3.
 */
const LEAST_TEXT = 4 << 10;
/** Files are digested in pieces of this size: what is not parsed takes no memory. */
const PIECE = 256 << 10;
/** Most heads and accounts come with the first read. */
const FIRST_READ = 16 << 10;

/** An image that is to be written. */
export interface Kept {
  readonly name: string;
  readonly account: Account;
  readonly image: SharedArrayBuffer;
}

/** What a job has given, and what from. */
export interface Made {
  readonly result: JobResult;
  /** The digest where it is known already: SHA-256 in hex. */
  readonly sources: readonly (Source & { readonly digest?: string })[];
  readonly holds: Window | undefined;
}

interface Taken {
  readonly apex: Uint8Array;
  readonly image: SharedArrayBuffer;
  readonly problems: Account["problems"];
}

/** Why an image is not of the text that is wanted now; undefined when it is. */
type Check = (account: Account) => Refusal | undefined;

export class ImageStore {
  readonly #folder: string;
  readonly #compiler: string;
  /** What was there at the start: zones without an image cost no look at the disk. */
  readonly #names: ReadonlySet<string>;
  readonly #piece = Buffer.allocUnsafeSlow(PIECE);

  /**
   * Keeps images in a folder, which is made when there is something to keep. `compiler`: see compilermark.ts; `names`: the
   * images to be taken.
   */
  constructor(folder: string, compiler: string, names: readonly string[] = imagesIn(folder)) {
    this.#folder = folder;
    this.#compiler = compiler;
    this.#names = new Set(names);
  }

  /** A zone file's zone from its image; why not, when there is one that can't be taken; undefined when there is none. */
  take(job: FileJob, now: number): FileResult | Refusal | undefined {
    const started = performance.now();
    const signatures = new Map<string, string>();
    const taken = this.#take(job, now, (account) => this.#changed(account, job, signatures));
    if (taken === undefined || "why" in taken) return taken;
    const milliseconds = performance.now() - started;
    return { file: job.file, errors: 0, milliseconds, from: "image", discarded: undefined, ...taken, signatures };
  }

  /** As take, for a zone of the store: `digest` is the SHA-256 of the text that is wanted, in hex. */
  takeText(zone: string, digest: string, now: number): TextResult | Refusal | undefined {
    const started = performance.now();
    const taken = this.#take({ zone }, now, ({ sources }) =>
      sources[0]?.digest === digest ? undefined : stale("it is another version's"),
    );
    if (taken === undefined || "why" in taken) return taken;
    const { image, problems } = taken;
    return { image, problems, milliseconds: performance.now() - started, from: "image", why: undefined };
  }

  /** What to write of a zone that has loaded; undefined when it has errors, or is not worth it. */
  prepare(of: ImageOf, { result, sources, holds }: Made): Kept | undefined {
    const { image, problems } = result;
    const text = sources.reduce((octets, { bytes }) => octets + bytes.length, 0);
    if (image === undefined || holds === undefined || text < LEAST_TEXT) return undefined;
    const account: Account = {
      job: identityOf(of),
      compiler: this.#compiler,
      apex: Buffer.from(new Zone(image).apex).toString("hex"),
      // 22 MB, measured: SHA-256 11 ms, BLAKE2b 16, SHA-512 19, MD5 25, where the processor has instructions for it.
      sources: sources.map(({ file, bytes, digest }) => ({ file, digest: digest ?? hash("sha256", bytes, "hex") })),
      holds,
      problems,
    };
    return { name: nameOf(of), account, image };
  }

  /** Writes an image. Throws system errors. */
  write({ name, account, image }: Kept): void {
    const octets = new Uint8Array(image);
    writeWhole(this.#folder, name, [headOf(account, octets), octets]);
  }

  #take(of: ImageOf, now: number, check: Check): Taken | Refusal | undefined {
    const name = nameOf(of);
    if (!this.#names.has(name)) return undefined;
    const path = join(this.#folder, name);
    const taken = this.#open(path, of, now, check);
    if (taken !== undefined && "why" in taken) throwAway(path);
    return taken;
  }

  #open(path: string, of: ImageOf, now: number, check: Check): Taken | Refusal | undefined {
    try {
      return withOwnFile(path, (fd, stats) => this.#read(fd, stats, of, now, check));
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT") return undefined;
      return damaged(code === "ELOOP" ? "it is a symbolic link" : whyNot("read", error));
    }
  }

  #read(fd: number, stats: Stats, of: ImageOf, now: number, check: Check): Taken | Refusal {
    if (isForeign(stats)) return damaged("others may write to it");
    const first = this.#piece.subarray(0, readSync(fd, this.#piece, 0, FIRST_READ, 0));
    const head = readHead(first, stats.size);
    if ("why" in head) return head;
    const account = readAccount(accountOctets(fd, first, head), head);
    if ("why" in account) return account;
    if (account.job !== identityOf(of)) return stale("it is another zone's");
    if (account.compiler !== this.#compiler) return stale("another version has compiled it");
    if (now < account.holds.from || now >= account.holds.until) return stale("its signatures are to be judged anew");
    const refusal = check(account);
    if (refusal) return refusal;
    const image = readImage(fd, head, account);
    if ("why" in image) return image;
    markUsed(fd);
    return { apex: Buffer.from(account.apex, "hex"), image, problems: account.problems };
  }

  /** Why the files that an image was made from are others now; `signatures` gets the state of each. */
  #changed({ sources }: Account, { root }: FileJob, signatures: Map<string, string>): Refusal | undefined {
    for (const [i, { file, digest }] of sources.entries()) {
      try {
        // A directory on the way may be a link to elsewhere by now.
        if (i > 0 && !isInside(realpathSync(root), realpathSync(file))) return stale(`${file} is outside ${root}`);
        const found = withFile(file, (fd, stats) => {
          signatures.set(file, signatureOf(stats));
          return this.#digest(fd);
        });
        if (found !== digest) return stale(`${file} has changed`);
      } catch (error) {
        return stale(`${file}: ${whyNot("read", error)}`);
      }
    }
    return undefined;
  }

  #digest(fd: number): string {
    const digest = createHash("sha256");
    for (let at = 0; ; ) {
      const length = readSync(fd, this.#piece, 0, PIECE, at);
      if (length === 0) return digest.digest("hex");
      digest.update(this.#piece.subarray(0, length));
      at += length;
    }
  }
}

/** True for a file that somebody else could have written. */
function isForeign({ uid, mode }: Stats): boolean {
  return uid !== (process.getuid?.() ?? uid) || (mode & 0o022) !== 0;
}

/** The account: from what has been read already, or else from the file. */
function accountOctets(fd: number, first: Uint8Array, { accountBytes }: Head): Uint8Array {
  if (HEAD + accountBytes <= first.length) return first.subarray(HEAD, HEAD + accountBytes);
  const octets = new Uint8Array(accountBytes);
  readInto(octets, fd, HEAD);
  return octets;
}

/** Reads the image into memory that all threads share, and looks at all of it before it is anybody's. */
function readImage(
  fd: number,
  { accountBytes, imageBytes, imageCrc }: Head,
  { apex }: Account,
): SharedArrayBuffer | Refusal {
  const image = new SharedArrayBuffer(imageBytes);
  const octets = new Uint8Array(image);
  readInto(octets, fd, HEAD + accountBytes);
  if (crc32(octets) !== imageCrc) return damaged("its image has the wrong checksum");
  try {
    if (Buffer.from(new Zone(image).apex).toString("hex") !== apex) return damaged("its image is of another zone");
  } catch (error) {
    return damaged((error as Error).message);
  }
  return image;
}

/** One read gives 2 GiB at most; a file that has become shorter since it was looked at leaves zeros. */
function readInto(octets: Uint8Array, fd: number, from: number): void {
  for (let at = 0; at < octets.length; ) {
    const length = readSync(fd, octets, at, octets.length - at, from + at);
    if (length === 0) return;
    at += length;
  }
}

/** What is not used for long is cleared out (imagefolder.ts). */
function markUsed(fd: number): void {
  const now = new Date();
  try {
    futimesSync(fd, now, now);
  } catch {
    // A disk that is read-only is not cleared out either.
  }
}
