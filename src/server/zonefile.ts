/** Reads zone files and what they include, from disk. */

import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { whyNot } from "../text/systemerror.ts";
import type { LinkMaker } from "../zone/linkmaker.ts";
import { type Loaded, loadZone } from "../zone/load.ts";
import type { Include } from "../zone/master.ts";
import type { Problem, Source } from "../zone/problem.ts";
import type { Made } from "./imagestore.ts";
import { demandRoom } from "./memoryroom.ts";
import type { FileJob, FileResult } from "./messages.ts";
import { isInside, readRegular } from "./regularfile.ts";
import { fileSignatureSync, unreadSignature } from "./signature.ts";

/** What loading a file gives; the sources are every file that was read, the zone file first. */
export interface LoadedFile extends Made {
  readonly result: FileResult;
}

/**
 * Loads a zone file for serving or checking. `now`: seconds since 1970; `maker` as in LoadOptions. Never throws for what is
 * on the disk.
 */
export function loadFile(job: FileJob, now: number, maker?: LinkMaker): LoadedFile {
  const started = performance.now();
  const files = new Files();
  const loaded = load(job, now, files, maker);
  const { apex, image, problems, errors, holds } = loaded;
  const milliseconds = performance.now() - started;
  const { signatures } = files;
  const result: FileResult = {
    file: job.file,
    apex,
    image,
    problems,
    errors,
    signatures,
    milliseconds,
    from: "text",
    discarded: undefined,
  };
  return { result, sources: files.sources, holds };
}

function load(job: FileJob, now: number, files: Files, maker: LinkMaker | undefined): Loaded {
  const { apex, origin, root } = job;
  try {
    return loadZone(files.read(job.file), { apex, origin, include: includeFrom(root, files), now, maker });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const problem: Problem = { severity: "error", file: job.file, line: 0, column: 0, message: error.message };
    return { apex: apex ?? origin, image: undefined, problems: [problem], errors: 1, holds: undefined };
  }
}

/** A file that can't be read: "can't read: no such file or directory". */
class Unreadable extends Error {}

/** The files of one zone. Each is read once: what is included twice, or read for the zone's name first, is the same. */
class Files {
  /** What told the state of each, read or not, before it was read. */
  readonly signatures = new Map<string, string>();
  readonly #read = new Map<string, Source>();

  get sources(): Source[] {
    return [...this.#read.values()];
  }

  /** Throws Unreadable. */
  read(file: string): Source {
    const known = this.#read.get(file);
    if (known) return known;
    try {
      const { bytes, signature } = readRegular(file, demandRoom);
      const source = { file, bytes };
      this.signatures.set(file, signature);
      this.#read.set(file, source);
      return source;
    } catch (error) {
      this.signatures.set(file, unreadSignature(file, error));
      throw new Unreadable(whyNot("read", error));
    }
  }
}

/** $INCLUDE finds files beside the one that includes them, and never outside the zone directory. */
function includeFrom(root: string, files: Files): Include {
  return (path, from) => {
    const file = resolve(dirname(from.file), path);
    try {
      if (!isInside(realpathSync(root), realpathSync(file))) {
        files.signatures.set(file, fileSignatureSync(file));
        return `$INCLUDE ${path}: outside the zone directory ${root}`;
      }
      return files.read(file);
    } catch (error) {
      if (!files.signatures.has(file)) files.signatures.set(file, unreadSignature(file, error));
      return `$INCLUDE ${path}: ${error instanceof Unreadable ? error.message : whyNot("read", error)}`;
    }
  };
}
