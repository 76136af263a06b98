/**
 * The file of a POP's copy: opened, made, or set aside when it can't be used and made anew. The store has everything
 * that is in it.
 */

import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { errorCode, whyNot } from "../../text/systemerror.ts";

/** What this zonecast reads and writes: the user version in the file's head (SQLite's file format, §1.3). */
const FORMAT = 1;
const NAME = "copy.db";
/** "copy.db.aside-…": the last one that could not be used, for whoever wants to look at it. */
const ASIDE = /^copy\.db\.aside-/;

/** Result codes of SQLite (sqlite.org/rescode.html), without what extends them. */
const RESULT = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

/**
 * zones: what is served. `removal` is 1 while a signed removal waits to be confirmed, and 2 when it was carried out:
 * then the row only remembers the id. `body`: the message that has the version's text, or leads to it.
 * refused: manifests that were not taken; the next start tries them again.
 */
const TABLES = `
create table meta (name text primary key, value text not null) without rowid;
create table zones (zone text not null unique, id integer not null, revision integer not null, mark text not null,
  removal integer not null, version integer not null, body blob);
create table refused (zone text not null unique, revision integer not null, octets blob not null);
`;

/** A file that may not be written can't be locked for writing either (fcntl's EBADF). */
const IOERR_LOCK = 3850;

export interface OpenedFile {
  readonly db: DatabaseSync;
  /** Why there is a new file in the place of an old one, and where that one is. */
  readonly aside: string | undefined;
  /** Why it can only be read. */
  readonly readOnly: string | undefined;
}

/** A file that can't be used, and is not to be thrown away, as a sentence. */
export class CopyError extends Error {}

/** Opens DIR/copy.db, or makes it; `useless` says why to set aside what is there. Throws CopyError. */
export function openCopyFile(directory: string, useless?: string): OpenedFile {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CopyError(whyNot("write", error));
  }
  if (useless !== undefined) return anew(directory, useless);
  try {
    return { db: openForWriting(directory), aside: undefined, readOnly: undefined };
  } catch (error) {
    const why = uselessness(error);
    if (why !== undefined) return anew(directory, why);
    const db = openForReading(directory, error);
    if (db) return { db, aside: undefined, readOnly: whyUnkept(error) };
    throw new CopyError(whyUnkept(error));
  }
}

/** Why a file is to be set aside, by what SQLite said of it; undefined when another time may do. */
export function uselessness(error: unknown): string | undefined {
  if (error instanceof LaterFormat) return error.message;
  const result = resultOf(error);
  return result === RESULT.CORRUPT || result === RESULT.NOTADB ? "it is damaged" : undefined;
}

/** Why something can't be kept, with what to do. */
export function whyUnkept(error: unknown): string {
  if (extendedOf(error) === IOERR_LOCK) return UNWRITABLE;
  switch (resultOf(error)) {
    case RESULT.FULL:
      return "no space left on the disk: make room";
    case RESULT.BUSY:
      return "another process uses it: give each POP on a machine a state directory of its own";
    case RESULT.READONLY:
    case RESULT.CANTOPEN:
      return UNWRITABLE;
    case RESULT.IOERR:
      return "input/output error: look at the disk, and whether there is room on it";
    default:
      return whyNot("write", error);
  }
}

const UNWRITABLE = "it can't be written: make the directory writable for the user that runs zonecast";

class LaterFormat extends Error {}

function openForWriting(directory: string): DatabaseSync {
  const db = new DatabaseSync(join(directory, NAME), { timeout: 0 });
  try {
    // Exclusive: two POPs with one copy would take each other's zones for their own. It needs no FILE-shm, either.
    db.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full");
    db.exec(`pragma journal_size_limit = ${64 << 20}; begin immediate; commit`);
    holdFormat(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function holdFormat(db: DatabaseSync): void {
  const { user_version: format } = db.prepare("pragma user_version").get() ?? {};
  if (format === FORMAT) return;
  if (Number(format) > FORMAT) throw new LaterFormat(`it has format ${format}, of a later zonecast`);
  db.exec(`begin immediate; ${TABLES} pragma user_version = ${FORMAT}; commit`);
}

/** On a disk that is read-only: what was written before is as good as ever. Undefined when there is nothing to read. */
function openForReading(directory: string, error: unknown): DatabaseSync | undefined {
  if (resultOf(error) === RESULT.BUSY) return undefined;
  const url = pathToFileURL(join(directory, NAME));
  // Nobody changes it meanwhile, so no locks and no FILE-shm are needed, which could not be made.
  url.searchParams.set("immutable", "1");
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(url, { readOnly: true });
    if (db.prepare("pragma user_version").get()?.user_version === FORMAT) return db;
  } catch {
    // What made it impossible to write is said.
  }
  db?.close();
  return undefined;
}

/** Sets the file aside and makes another. Throws CopyError. */
function anew(directory: string, why: string): OpenedFile {
  const aside = `${NAME}.aside-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  try {
    for (const name of readdirSync(directory)) if (ASIDE.test(name)) rmSync(join(directory, name));
    renameSync(join(directory, NAME), join(directory, aside));
    // Their names must go with the file's, for SQLite would take them for the new one's.
    for (const more of ["-wal", "-shm"]) rmSync(join(directory, NAME + more), { force: true });
    const told = `${join(directory, NAME)} can't be used: ${why}; it is now ${aside}, and everything comes from the store again`;
    return { db: openForWriting(directory), aside: told, readOnly: undefined };
  } catch (error) {
    throw new CopyError(errorCode(error) === "ERR_SQLITE_ERROR" ? whyUnkept(error) : whyNot("write", error));
  }
}

function resultOf(error: unknown): number {
  return extendedOf(error) & 0xff;
}

function extendedOf(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
}
