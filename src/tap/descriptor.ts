/** What a file sink writes to, opened so that a pipe that nobody empties holds no thread: writes to it fail at once. */

import { constants, fstatSync, write } from "node:fs";
import { open } from "node:fs/promises";
import { platform } from "node:process";

/** The name of standard output. */
export const STDOUT = "-";
const STDOUT_NUMBER = 1;
/** The same pipe once more, as a file of its own: what is set for it is not set for the log, which writes there too. */
const STDOUT_AGAIN: string = platform === "linux" ? "/proc/self/fd/1" : "/dev/fd/1";
/** A log of queries is nothing for everybody's eyes. */
const MODE = 0o600;

export interface Descriptor {
  /** Of a regular file that was opened by its name: which one it is. */
  readonly file: { readonly ino: number; readonly dev: number } | undefined;
  /** Writes from an offset on; how many octets it was. */
  write(octets: Uint8Array, from: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens a file, a pipe, or "-". Rejects with the system's error. */
export async function openDescriptor(path: string): Promise<Descriptor> {
  if (path === STDOUT) return (await stdoutAgain()) ?? stdout();
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  return opened(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
}

async function opened(path: string, flags: number): Promise<Descriptor> {
  const handle = await open(path, flags, MODE);
  const { ino, dev, isFile } = await handle.stat().then((found) => ({ ...found, isFile: found.isFile() }));
  return {
    file: isFile ? { ino, dev } : undefined,
    write: async (octets, from) => (await handle.write(octets, from)).bytesWritten,
    close: () => handle.close(),
  };
}

/** Where that works: for pipes and terminals. A socket can't be opened again, and a file has one place to write at. */
async function stdoutAgain(): Promise<Descriptor | undefined> {
  const found = fstatSync(STDOUT_NUMBER);
  if (!found.isFIFO() && !found.isCharacterDevice()) return undefined;
  return opened(STDOUT_AGAIN, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
}

function stdout(): Descriptor {
  return {
    file: undefined,
    write: (octets, from) =>
      new Promise((resolve, reject) => {
        write(STDOUT_NUMBER, octets, from, octets.length - from, null, (error, written) =>
          error ? reject(error) : resolve(written),
        );
      }),
    close: async () => {},
  };
}
