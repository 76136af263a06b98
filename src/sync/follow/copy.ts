/**
 * A POP's copy of the store, on its own disk: what it serves, how to make it again, and how far the store was followed.
 * Each write is one transaction, fsynced (WAL, synchronous=full): the cursor never says more than the rows beside it.
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Cursor, Entry } from "../store/store.ts";
import { openCopyFile } from "./copyfile.ts";
import type { Followed, Seen } from "./followed.ts";

/** Rows that are read together. */
const PAGE = 500;
const REMOVALS = ["no", "doubt", "done"] as const;

/** The text of what is served: the manifest's message that has it, or leads to its blobs. */
export interface KeptBody {
  readonly version: number;
  readonly octets: Uint8Array;
}

/** What is new of a zone. */
export interface ZoneWrite {
  readonly zone: string;
  readonly taken: Seen;
  readonly removal: Followed["removal"];
  /** Undefined: as it was. Null: nothing is served. */
  readonly body: KeptBody | null | undefined;
}

export interface KeptZone {
  readonly zone: string;
  readonly taken: Seen;
  readonly removal: Followed["removal"];
  readonly body: KeptBody | undefined;
}

/** All of one transaction. */
export interface CopyWrite {
  readonly zones: readonly ZoneWrite[];
  /** Manifests that were refused, or no longer are. */
  readonly refused: readonly (readonly [zone: string, entry: Entry | undefined])[];
  readonly cursor: Cursor | undefined;
  /** Everything that the store had was here once. */
  readonly complete: boolean;
}

export class Copy {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Why there is a new file in the place of an old one. */
  readonly aside: string | undefined;
  /** Why it can't be written. */
  readonly readOnly: string | undefined;

  /** Opens the copy in a directory, or makes it; `useless` says why to set aside what is there. Throws CopyError. */
  constructor(directory: string, useless?: string) {
    const { db, aside, readOnly } = openCopyFile(directory, useless);
    this.#db = db;
    this.aside = aside;
    this.readOnly = readOnly;
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text) ?? this.#db.prepare(text);
    this.#statements.set(text, known);
    return known;
  }

  /** How far the store was followed. Throws SQLite's errors, as all that follow: see uselessness. */
  cursor(): Cursor | undefined {
    const epoch = this.#meta("epoch");
    return epoch === undefined ? undefined : { epoch, position: Number(this.#meta("position")) };
  }

  /** True when everything that the store had was here once. */
  complete(): boolean {
    return this.#meta("complete") !== undefined;
  }

  #meta(name: string): string | undefined {
    return this.#sql("select value from meta where name = ?").get(name)?.value as string | undefined;
  }

  /** All zones, in pages. */
  *zones(): Generator<readonly KeptZone[]> {
    const page = this.#sql("select rowid, * from zones where rowid > ? order by rowid limit ?");
    for (let last = 0; ; ) {
      const rows = page.all(last, PAGE);
      if (rows.length === 0) return;
      last = Number(rows.at(-1)?.rowid);
      yield rows.map(keptZone);
    }
  }

  /** Manifests that were refused. */
  *refused(): Generator<Entry> {
    const next = this.#sql("select rowid, * from refused where rowid > ? order by rowid limit 1");
    for (let last = 0; ; ) {
      const row = next.get(last);
      if (!row) return;
      last = Number(row.rowid);
      yield { zone: String(row.zone), revision: Number(row.revision), octets: row.octets as Uint8Array };
    }
  }

  /** Writes all of it, durably, or nothing. */
  write({ zones, refused, cursor, complete }: CopyWrite): void {
    this.#db.exec("begin immediate");
    try {
      for (const zone of zones) this.#writeZone(zone);
      for (const [zone, entry] of refused) this.#writeRefused(zone, entry);
      this.#writeCursor(cursor);
      if (complete) this.#setMeta("complete", "1");
      this.#db.exec("commit");
    } catch (error) {
      // A full disk rolls back by itself, most of the time.
      if (this.#db.isTransaction) this.#db.exec("rollback");
      throw error;
    }
  }

  #writeZone({ zone, taken, removal, body }: ZoneWrite): void {
    const known = [zone, taken.id, taken.revision, taken.mark, REMOVALS.indexOf(removal)];
    if (body === undefined) {
      this.#sql(INSERT + KNOWN).run(...known, 0, null);
      return;
    }
    this.#sql(INSERT + KNOWN + BODY).run(...known, body?.version ?? 0, body?.octets ?? null);
  }

  #writeRefused(zone: string, entry: Entry | undefined): void {
    if (!entry) {
      this.#sql("delete from refused where zone = ?").run(zone);
      return;
    }
    this.#sql("insert or replace into refused (zone, revision, octets) values (?, ?, ?)").run(
      zone,
      entry.revision,
      entry.octets,
    );
  }

  #writeCursor(cursor: Cursor | undefined): void {
    if (!cursor) {
      this.#sql("delete from meta where name in ('epoch', 'position')").run();
      return;
    }
    this.#setMeta("epoch", cursor.epoch);
    this.#setMeta("position", String(cursor.position));
  }

  #setMeta(name: string, value: string): void {
    this.#sql("insert or replace into meta (name, value) values (?, ?)").run(name, value);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

const INSERT = "insert into zones (zone, id, revision, mark, removal, version, body) values (?, ?, ?, ?, ?, ?, ?)";
const KNOWN =
  " on conflict (zone) do update set id = excluded.id, revision = excluded.revision, mark = excluded.mark, removal = excluded.removal";
const BODY = ", version = excluded.version, body = excluded.body";

function keptZone(row: Record<string, unknown>): KeptZone {
  const body = row.body as Uint8Array | null;
  return {
    zone: String(row.zone),
    taken: { id: Number(row.id), revision: Number(row.revision), mark: String(row.mark) },
    removal: REMOVALS[Number(row.removal)] ?? "no",
    body: body ? { version: Number(row.version), octets: body } : undefined,
  };
}
