/** Compare-and-swap of many heads, inside a transaction. */

import { setImmediate as turn } from "node:timers/promises";
import type { Connection } from "./sqlitefile.ts";
import { type Change, Conflict, MANIFEST_MOST } from "./store.ts";

/** Changes between two turns of the event loop: 10 ms or so. */
const TURN = 256;

/**
 * Makes all changes and cuts the zones' histories; their revisions. Rejects with Conflict when a head is not the expected
 * one: then the transaction is to be taken back. A revision is the time in microseconds, or one more than the last where
 * that is higher: after an older copy of the store was put in its place none is given a second time.
 */
export async function swapHeads(connection: Connection, changes: readonly Change[], now: number): Promise<number[]> {
  const { sql } = connection;
  const { top, history } = sql(
    "select coalesce((select max(revision) from entries), 0) as top, history from meta",
  ).get() as unknown as { top: number; history: number };
  const first = Math.max(top + 1, Math.floor(now * 1000));
  const lost: string[] = [];
  for (const [i, { zone, octets, expected }] of changes.entries()) {
    if (i % TURN === TURN - 1) await turn();
    const head = Number(sql("select revision from heads where zone = ?").get(zone)?.revision ?? 0);
    if (head !== expected) lost.push(zone);
    if (lost.length > 0) continue;
    sql("insert into entries (revision, zone, octets) values (?, ?, ?)").run(first + i, zone, octets);
    sql("insert or replace into heads (zone, revision) values (?, ?)").run(zone, first + i);
    sql(`delete from entries where zone = ?1 and revision <=
      (select revision from entries where zone = ?1 order by revision desc limit 1 offset ?2)`).run(zone, history);
  }
  if (lost.length > 0) throw new Conflict(lost);
  return changes.map((_, i) => first + i);
}

/** Throws RangeError for a change that no store takes. */
export function holdSizes(changes: readonly Change[]): void {
  for (const { zone, octets } of changes) {
    if (octets.length <= MANIFEST_MOST) continue;
    throw new RangeError(`the manifest of ${zone} has ${octets.length} octets, and ${MANIFEST_MOST} is the most`);
  }
}
