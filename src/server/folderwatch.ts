/**
 * Is told by the system of changes in folders; and of those in another folder that has got the name of one: after a disk
 * was away, or when a deployment puts a new folder in the old one's place. The system watches folders, not names.
 */

import { type FSWatcher, statSync, watch } from "node:fs";

interface Watched {
  /** Which folder it is; empty when there is none of the name. */
  readonly inode: string;
  readonly watcher: FSWatcher | undefined;
}

export class FolderWatch {
  readonly #changed: () => void;
  readonly #watched = new Map<string, Watched>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches these folders. Those that can't be are left out: the listing says what is wrong with them. */
  watch(directories: Iterable<string>): void {
    for (const directory of directories) this.#watch(directory, inodeOf(directory));
  }

  /** Looks whether the names are still those of the folders that are watched: before the folders are listed, for what comes later. */
  look(): void {
    for (const [directory, { inode, watcher }] of this.#watched) {
      const now = inodeOf(directory);
      if (now === inode) continue;
      watcher?.close();
      this.#watch(directory, now);
    }
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher?.close();
    this.#watched.clear();
  }

  #watch(directory: string, inode: string): void {
    this.#watched.set(directory, { inode, watcher: this.#watcherFor(directory) });
  }

  #watcherFor(directory: string): FSWatcher | undefined {
    try {
      const watcher = watch(directory, () => this.#changed());
      return watcher.on("error", () => watcher.close());
    } catch {
      return undefined;
    }
  }
}

function inodeOf(directory: string): string {
  try {
    // The number of a folder that is gone is soon another one's.
    const { dev, ino, birthtimeMs } = statSync(directory);
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch {
    return "";
  }
}
