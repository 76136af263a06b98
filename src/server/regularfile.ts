/** Opens files, and nothing that only looks like one: a FIFO would hold its reader for ever. */

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { errorCode } from "../text/systemerror.ts";
import { signatureOf } from "./signature.ts";

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** What an open file is, and how to read it. */
export type Use<T> = (fd: number, stats: Stats) => T;

/** A file's octets, and what told its state before they were read. */
export interface FileRead {
  readonly bytes: Uint8Array;
  readonly signature: string;
}

/** Opens a file for as long as `use` takes. Throws system errors, and Error for what is no regular file. */
export function withFile<T>(file: string, use: Use<T>): T {
  return withOpen(file, O_RDONLY | O_NONBLOCK, use);
}

/** As withFile, for a file of our own: never through a symbolic link, which would be somebody else's doing. */
export function withOwnFile<T>(file: string, use: Use<T>): T {
  return withOpen(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, use);
}

/** Reads a file whole; `demand` is told its size first, and may throw. Throws as withFile does. */
export function readRegular(file: string, demand: (octets: number) => void = () => {}): FileRead {
  return withFile(file, (fd, stats) => {
    demand(stats.size);
    return { bytes: readFileSync(fd), signature: signatureOf(stats) };
  });
}

/** True when a path, links followed, lies in a directory; both as realpath gives them. */
export function isInside(directory: string, file: string): boolean {
  const way = relative(resolve(directory), resolve(file));
  return way !== ".." && !way.startsWith(`..${sep}`);
}

function withOpen<T>(file: string, flags: number, use: Use<T>): T {
  const fd = open(file, flags);
  try {
    // What was opened is what is looked at: between a stat and an open, another file may take the name.
    const stats = fstatSync(fd);
    if (!stats.isFile() && !stats.isDirectory()) throw new Error("it is no regular file");
    return use(fd, stats);
  } finally {
    closeSync(fd);
  }
}

function open(file: string, flags: number): number {
  try {
    return openSync(file, flags);
  } catch (error) {
    // A socket.
    if (errorCode(error) === "ENXIO") throw new Error("it is no regular file");
    throw error;
  }
}
