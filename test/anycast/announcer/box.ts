/** Descriptors as they go from one process to another: what comes out are others, for the same connections. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox, sendDescriptors } from "../../../src/server/replace/descriptors.ts";

export async function overTheBox(descriptors: readonly number[]): Promise<number[]> {
  if (descriptors.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "zonecast-box-"));
  const box = await openBox(join(folder, "box"));
  try {
    await sendDescriptors(box.path, descriptors);
    return box.take(descriptors.length);
  } finally {
    box.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
