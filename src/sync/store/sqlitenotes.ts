/** Reports of POPs and orders to them in a store's file: how they are followed, and how orders are put. */

import { isBusy } from "./sqliteerror.ts";
import type { Connection, SqliteFile } from "./sqlitefile.ts";
import { followFile, type Look, NOTHING, stateOf, whyLost } from "./sqlitefollow.ts";
import { ORDERS_TABLE } from "./sqliteschema.ts";
import {
  Conflict,
  ORDERS,
  type OrderChange,
  type OrderEntry,
  type OrderEvent,
  type ReportEntry,
  type ReportEvent,
} from "./store.ts";

/** Rows that are read at once. */
const ROWS = 256;

const REPORTS_AFTER = `select pop, octets, seq as "order" from reports where seq > ? order by seq limit ${ROWS}`;
const ORDERS_AFTER = `select pop, line as revision, octets from orders where pop = ? and line > ? order by line limit ${ROWS}`;

/** See Store.watchReports. */
export function followReports(file: SqliteFile, signal: AbortSignal): AsyncGenerator<ReportEvent> {
  const read = ({ sql }: Connection, after: number) => {
    const rows = sql(REPORTS_AFTER).all(after) as unknown as ReportEntry[];
    const more = rows.length === ROWS;
    const events = rows.map((report, i) => ({ say: "report", report, behind: more || i < rows.length - 1 }) as const);
    return { events, last: rows.at(-1)?.order ?? after, more };
  };
  const reset = { say: "reset", why: "another store was put in its place" } as const;
  return followFile(file, new RowFollower<ReportEvent>(file, read, [reset]), signal);
}

/** See Store.watchOrders. */
export function followOrders(file: SqliteFile, pop: string, signal: AbortSignal): AsyncGenerator<OrderEvent> {
  const read = (connection: Connection, after: number) => {
    if (!hasOrders(connection)) return { events: [], last: after, more: false };
    const rows = connection.sql(ORDERS_AFTER).all(pop, after) as unknown as OrderEntry[];
    const events = rows.map((order) => ({ say: "order", order }) as const);
    return { events, last: rows.at(-1)?.revision ?? after, more: rows.length === ROWS };
  };
  const lost = { say: "lost", why: "another store was put in its place" } as const;
  return followFile(file, new RowFollower<OrderEvent>(file, read, [lost, { say: "back" }]), signal);
}

/** Puts an order, and drops those that are too many; its revision. Throws Conflict. */
export function putOrder({ db, sql }: Connection, { pop, octets, expected }: OrderChange): number {
  db.exec(ORDERS_TABLE);
  const last = sql("select max(line) as line from orders where pop = ?").get(pop)?.line ?? 0;
  if (last !== expected) throw new Conflict([pop]);
  const { lastInsertRowid } = sql("insert into orders (pop, octets) values (?, ?)").run(pop, octets);
  sql(`delete from orders where pop = ?1 and line <=
    (select line from orders where pop = ?1 order by line desc limit 1 offset ${ORDERS})`).run(pop);
  return Number(lastInsertRowid);
}

/** The orders to a POP, the newest first; none in a store that was made before there were any. */
export function ordersOf(connection: Connection, pop: string): OrderEntry[] {
  if (!hasOrders(connection)) return [];
  const text = "select pop, line as revision, octets from orders where pop = ? order by line desc";
  return connection.sql(text).all(pop) as unknown as OrderEntry[];
}

function hasOrders({ sql }: Connection): boolean {
  return sql("select 1 from sqlite_schema where type = 'table' and name = 'orders'").get() !== undefined;
}

interface Rows<E> {
  readonly events: readonly E[];
  /** The number of the last row. */
  readonly last: number;
  readonly more: boolean;
}

type Told = { readonly say: "synced" } | { readonly say: "lost"; readonly why: string } | { readonly say: "back" };

/** Where one who follows numbered rows stands. */
class RowFollower<E> {
  readonly #file: SqliteFile;
  readonly #read: (connection: Connection, after: number) => Rows<E>;
  /** What is told when the file is another one. */
  readonly #reset: readonly E[];
  #seen = "";
  #generation = 0;
  #last = 0;
  #lost = "";
  #synced = false;

  constructor(file: SqliteFile, read: (connection: Connection, after: number) => Rows<E>, reset: readonly E[]) {
    this.#file = file;
    this.#read = read;
    this.#reset = reset;
  }

  look(): Look<E | Told> {
    try {
      return this.#look();
    } catch (error) {
      return isBusy(error) ? NOTHING : this.#miss(error);
    }
  }

  #look(): Look<E | Told> {
    const connection = this.#file.reader();
    // Before all else: what is committed after this is seen at the next look.
    const seen = stateOf(connection);
    if (seen === this.#seen) return NOTHING;
    const other = this.#generation !== 0 && this.#generation !== connection.generation;
    const { events: rows, last, more } = this.#read(connection, other ? 0 : this.#last);
    const events: (E | Told)[] = [];
    if (this.#lost !== "") events.push({ say: "back" });
    if (other) events.push(...this.#reset);
    events.push(...rows);
    if (this.#lost !== "" || other) this.#synced = false;
    if (!more && !this.#synced) events.push({ say: "synced" });
    this.#lost = "";
    this.#synced ||= !more;
    this.#last = last;
    this.#generation = connection.generation;
    this.#seen = more ? "" : seen;
    return { events, more };
  }

  #miss(cause: unknown): Look<E | Told> {
    const why = whyLost(this.#file, cause);
    if (why === this.#lost) return NOTHING;
    this.#lost = why;
    this.#seen = "";
    return { events: [{ say: "lost", why }], more: false };
  }
}
