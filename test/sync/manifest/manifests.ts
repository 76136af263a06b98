/** A manifest to make others of. */

import type { Manifest, Version } from "../../../src/sync/manifest/manifest.ts";

export const VERSION: Version = {
  version: 8,
  serial: 2026060100,
  records: 3,
  names: 2,
  size: 120,
  sha256: "a".repeat(64),
  at: "2026-06-01T10:00:00.000Z",
  by: "alice@desk",
  body: { at: "blobs", index: "c".repeat(64) },
};

/** Version 8 of example. for everybody, but for what is said. */
export function manifestOf(other: Partial<Manifest> = {}): Manifest {
  return {
    zone: "example.",
    id: 41,
    action: "push",
    at: "2026-06-01T10:00:00.000Z",
    by: "alice@desk",
    latest: 8,
    versions: [VERSION],
    targets: [{ group: "*", version: 8 }],
    ...other,
  };
}
