/** What SQLite says, as a StoreError with what to do. */

import { errorCode, whyNot } from "../../text/systemerror.ts";
import { StoreError } from "./store.ts";

/** SQLite's result codes (sqlite.org/rescode.html): the low octet of errcode, and two extended ones whole. */
const CODE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  AUTH: 23,
  NOTADB: 26,
} as const;
/** The file that connections share could not grow: what a full disk looks like to a reader. */
const IOERR_SHMSIZE = 4874;

/** True when another connection holds what is needed, for a moment. */
export function isBusy(error: unknown): boolean {
  const code = resultOf(error) & 0xff;
  return code === CODE.BUSY || code === CODE.LOCKED;
}

/** An error of SQLite, or of the file system, as a StoreError. What is neither is given back as it is. */
export function sqliteError(file: string, error: unknown): unknown {
  const kind = errorCode(error);
  if (kind !== "ERR_SQLITE_ERROR") return /^E[A-Z]+$/.test(kind) ? systemError(file, error, kind) : error;
  const result = resultOf(error);
  if (result === IOERR_SHMSIZE) return full(file);
  const said = error instanceof Error ? error.message : String(error);
  switch (result & 0xff) {
    case CODE.FULL:
      return full(file);
    case CODE.BUSY:
    case CODE.LOCKED:
      return new StoreError("lost", `sqlite:${file}: another process keeps it locked; try again when that one is done`);
    case CODE.PERM:
    case CODE.READONLY:
    case CODE.CANTOPEN:
    case CODE.AUTH:
      return denied(file);
    case CODE.CORRUPT:
    case CODE.NOTADB:
      return new StoreError(
        "broken",
        `sqlite:${file}: it is damaged, or no store (${said}): put a good copy in its place`,
      );
    case CODE.PROTOCOL:
      return new StoreError(
        "lost",
        `sqlite:${file}: it can't be locked; it must be on a local disk, not on the network`,
      );
    default:
      return new StoreError("broken", `sqlite:${file}: ${said}: look at the disk, and at the system's log`);
  }
}

/** No store at a path. */
export function missing(file: string): StoreError {
  return new StoreError("missing", `sqlite:${file}: there is no store; make one with "zonecast store init"`);
}

function systemError(file: string, error: unknown, code: string): StoreError {
  if (code === "ENOENT" || code === "ENOTDIR") return missing(file);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return denied(file);
  if (code === "ENOSPC" || code === "EDQUOT") return full(file);
  return new StoreError("broken", `sqlite:${file}: ${whyNot("read", error)}`);
}

function denied(file: string): StoreError {
  const what = "the file and its folder must be readable and writable for the user that runs zonecast";
  return new StoreError("denied", `sqlite:${file}: permission denied: ${what}`);
}

function full(file: string): StoreError {
  return new StoreError(
    "full",
    `sqlite:${file}: no space left on the disk: nothing was changed; make room, then try again`,
  );
}

function resultOf(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
}
