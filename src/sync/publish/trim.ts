/** Keeps a folder of files that can be had again below a size. */

import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Drops the files that were used longest ago, until the rest has at most so many octets. Never rejects. */
export async function trimFolder(directory: string, most: number): Promise<void> {
  try {
    const files = await filesIn(directory);
    let octets = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.used - b.used)) {
      if (octets <= most) return;
      await rm(file, { force: true });
      octets -= size;
    }
  } catch {
    // Nothing is kept here, or it is another's to clear.
  }
}

async function filesIn(directory: string): Promise<{ file: string; size: number; used: number }[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name));
  return Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return { file, size, used: mtimeMs };
    }),
  );
}
