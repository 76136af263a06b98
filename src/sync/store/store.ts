/**
 * The central store, whatever engine it is: a signed manifest for each zone that changes by compare-and-swap with its
 * history kept, blobs by their digest, reports of POPs, orders to them, and a ledger. It knows octets, not what they mean.
 */

/** What is stored for a zone at a revision. Revisions of one store rise with every change of any zone. */
export interface Entry {
  /** The zone's name as nameToText writes it, in lower case: "example.com.", and "." for the root. */
  readonly zone: string;
  readonly revision: number;
  /** A manifest message (manifest/message.ts). */
  readonly octets: Uint8Array;
}

/** A change to a zone. `expected` is the revision of its head, 0 when it must have none. */
export interface Change {
  readonly zone: string;
  readonly octets: Uint8Array;
  readonly expected: number;
}

/**
 * How far somebody has followed a store. The epoch is another one when the store was made anew. Who wants to be told of a
 * revision, and of all after it, begins at the position one below.
 */
export interface Cursor {
  readonly epoch: string;
  readonly position: number;
}

export type StoreEvent =
  /** New heads, all of one swap or more; `cursor` is good once they have been dealt with. An entry may come twice. */
  | { readonly say: "entries"; readonly entries: readonly Entry[]; readonly cursor: Cursor }
  /**
   * The store is not the one that was followed: it was made anew, or an older copy of it was put in its place. All heads
   * follow, then "synced".
   */
  | { readonly say: "reset"; readonly epoch: string; readonly why: string }
  /** Everything that was there when watching began, or began again, has been told. */
  | { readonly say: "synced"; readonly cursor: Cursor }
  | LinkEvent;

/** What a POP last said of itself (report.ts). */
export interface Report {
  readonly pop: string;
  readonly octets: Uint8Array;
  /** How many of the first octets are its head, which can be watched without the rest. For who puts a report. */
  readonly head?: number;
  /**
   * Where it stands among all reports of all POPs: one above the report that came to this store before it. Who puts a
   * report leaves it out; reports() and watchReports() tell it.
   */
  readonly order?: number;
}

/** A report as it is told of. */
export type ReportEntry = Required<Pick<Report, "pop" | "octets" | "order">>;

/** The connection of one who watches was lost, or is back. Watching goes on by itself. */
export type LinkEvent = { readonly say: "lost"; readonly why: string } | { readonly say: "back" };

export type ReportEvent =
  /**
   * In their order. Orders that are left out are of reports that others of the same POP have replaced before they came.
   * `behind`: others that are in the store already come after it.
   */
  | { readonly say: "report"; readonly report: ReportEntry; readonly behind: boolean }
  /** The last report of each POP was told, as of when watching began, or began again. */
  | { readonly say: "synced" }
  /** The store is another one: orders begin anew, and the last report of each POP follows. */
  | { readonly say: "reset"; readonly why: string }
  | LinkEvent;

/** An order to a POP, that is to be the one after the last (orders/order.ts). `expected`: the last one's revision, 0 for none. */
export interface OrderChange {
  readonly pop: string;
  readonly octets: Uint8Array;
  readonly expected: number;
}

/** An order as the store has it. Revisions rise with every order to the same POP. */
export interface OrderEntry {
  readonly pop: string;
  readonly revision: number;
  readonly octets: Uint8Array;
}

export type OrderEvent =
  /** One may come twice, after the connection was lost, or in another store. */
  | { readonly say: "order"; readonly order: OrderEntry }
  /** All that were kept when watching began, or began again, have been told. */
  | { readonly say: "synced" }
  | LinkEvent;

/** A line of a zone's ledger: how a version reached the fleet (rollout/ledger.ts). */
export interface LedgerLine {
  readonly zone: string;
  readonly octets: Uint8Array;
}

/** A blob as collection sees it. `at`: milliseconds since 1970 when it was put last. */
export interface BlobInfo {
  readonly sha256: string;
  readonly at: number;
}

/** What a store is made with. */
export interface StoreMeta {
  /** Public keys (manifest/keys.ts) of those who may publish, as the one who made the store names them. */
  readonly trust: readonly string[];
}

export interface Store {
  /** "sqlite:/var/lib/zonecast/store.db", "nats://host:4222": without secrets, for logs and messages. */
  readonly where: string;
  /** Rejects with StoreError when there is no store here, or it can't be reached. */
  meta(): Promise<StoreMeta>;
  /** The newest manifest of a zone; undefined when it never had one. */
  head(zone: string): Promise<Entry | undefined>;
  /** The manifests of a zone that are kept, the newest first. */
  history(zone: string): Promise<Entry[]>;
  /** Every zone with the revision of its head, in batches: what a reconcile compares with. */
  heads(): AsyncIterable<readonly Omit<Entry, "octets">[]>;
  /** Every manifest that is kept, of every zone: what collection marks from. */
  manifests(): AsyncIterable<Entry>;
  /**
   * Changes the heads of one or more zones, all or none; the new revisions, in the order of the changes. Rejects with
   * Conflict when a head is not the expected one.
   */
  swap(changes: readonly Change[]): Promise<readonly number[]>;
  /**
   * Stores a blob of at most BLOB_MOST octets under its SHA-256 in hex; true when it was not there. For one that is
   * there `at` is set anew: whoever puts it counts on it.
   */
  putBlob(sha256: string, octets: Uint8Array): Promise<boolean>;
  /** A blob, which is not verified here; undefined when it is not there. */
  getBlob(sha256: string): Promise<Uint8Array | undefined>;
  blobs(): AsyncIterable<BlobInfo>;
  /**
   * Drops a blob; with `putBefore` (milliseconds since 1970) only when it was put last before that, so that collection
   * never takes what somebody has put again meanwhile.
   */
  dropBlob(sha256: string, putBefore?: number): Promise<void>;
  /**
   * Drops what the engine itself has written beside the manifests, before a time (milliseconds since 1970, more than any
   * swap takes ago), and nothing needs any more: how many records. An engine that writes nothing of the kind has none.
   */
  tidy?(before: number): Promise<number>;
  /**
   * Tells of every change after the cursor, without gaps, in order of revision, for ever: through restarts of the store
   * and lost connections, until the signal. Without a cursor it begins with all heads. Never rejects.
   */
  watch(cursor: Cursor | undefined, signal: AbortSignal): AsyncIterable<StoreEvent>;
  /** Puts a POP's report in the place of its last one. */
  report(report: Report): Promise<void>;
  reports(): Promise<Report[]>;
  /**
   * The last report of each POP, then each new one as it comes, until the signal. Never rejects. "heads": for who watches
   * all POPs for ever. The octets may end with the head, and there may be none of a report that was put without one. Where
   * many POPs report they come several at a time, a little late; but with a report that is put here, those before it come
   * at once.
   */
  watchReports(signal: AbortSignal, what?: "heads"): AsyncIterable<ReportEvent>;
  /**
   * Puts an order to a POP; its revision. The oldest go when there are more than ORDERS. Rejects with Conflict when the
   * POP's last order is not the expected one.
   */
  order(change: OrderChange): Promise<number>;
  /** The orders to a POP that are kept, the newest first. */
  orders(pop: string): Promise<OrderEntry[]>;
  /** The orders to a POP that are kept, the oldest first, then each new one as it comes, until the signal. Never rejects. */
  watchOrders(pop: string, signal: AbortSignal): AsyncIterable<OrderEvent>;
  /** Adds a line to a zone's ledger. The oldest go when there are more than LEDGER_LINES. */
  record(line: LedgerLine): Promise<void>;
  /** A zone's ledger, the newest first. */
  ledger(zone: string): Promise<LedgerLine[]>;
  close(): Promise<void>;
}

/** The largest blob, in octets: with its head it fits what NATS takes in one message as it is configured by default. */
export const BLOB_MOST: number = 512 << 10;
/** The largest manifest message, for the same reason. */
export const MANIFEST_MOST: number = 900 << 10;
/** Lines that a zone's ledger keeps, and orders of each POP that are kept. */
export const LEDGER_LINES = 100;
export const ORDERS = 100;
/** Manifests that are kept of each zone, unless the store was made to keep another number. */
export const HISTORY = 100;

/** What went wrong with a store, as a sentence that says what to do. */
export class StoreError extends Error {
  /**
   * "denied": this credential may not do that; "lost": not reached in time, and what was asked may or may not have been
   * done; "missing": there is no store here; "full": no room; "broken": it holds what no store should.
   */
  readonly kind: "denied" | "lost" | "missing" | "full" | "broken";

  constructor(kind: StoreError["kind"], message: string) {
    super(message);
    this.name = "StoreError";
    this.kind = kind;
  }
}

/** Somebody else has changed these zones first: nothing was swapped. */
export class Conflict extends Error {
  readonly zones: readonly string[];

  constructor(zones: readonly string[]) {
    super(`${zones.join(", ")} ${zones.length === 1 ? "was" : "were"} changed by somebody else meanwhile`);
    this.name = "Conflict";
    this.zones = zones;
  }
}
