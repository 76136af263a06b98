/** A store in memory that can be away, slow, forgetful, and tell things twice. */

import { hash } from "node:crypto";
import type {
  BlobInfo,
  Change,
  Cursor,
  Entry,
  LedgerLine,
  OrderEntry,
  OrderEvent,
  Report,
  ReportEvent,
  Store,
  StoreEvent,
} from "../../../src/sync/store/store.ts";
import { Conflict, StoreError } from "../../../src/sync/store/store.ts";

interface Watch {
  cursor: Cursor | undefined;
  readonly events: StoreEvent[];
  wake: () => void;
  synced: boolean;
}

/** All that a store holds: a backup of it, too. */
export interface Held {
  readonly revision: number;
  readonly heads: ReadonlyMap<string, Entry>;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export class MemoryStore implements Store {
  readonly where = "memory";
  epoch = "first";
  #revision = 0;
  #heads = new Map<string, Entry>();
  #blobs = new Map<string, Uint8Array>();
  readonly #reports = new Map<string, Report>();
  readonly #watches = new Set<Watch>();
  #away: string | undefined;
  /** Why reports, heads, and blobs are not given. */
  readonly broken = new Map<"report" | "head" | "heads" | "blob", StoreError>();
  /** Called for each blob that is asked for; the blob comes when it resolves. */
  delay: (sha256: string) => Promise<void> = async () => {};
  /** Lists of all heads are told as this makes them. */
  listed: (heads: readonly Entry[]) => readonly Entry[] = (heads) => heads;
  readonly asked: string[] = [];
  readonly watched: (Cursor | undefined)[] = [];
  reported = 0;

  /** The connection is lost: nothing works until back(). */
  lose(why = "the store can't be reached"): void {
    this.#away = why;
    this.#tellAll({ say: "lost", why });
  }

  /** The connection is there again. `again`: entries told a second time, as a new connection may. */
  back(again: readonly Entry[] = []): void {
    this.#away = undefined;
    this.#tellAll({ say: "back" });
    for (const watch of this.#watches) {
      watch.synced = false;
      if (again.length > 0 && watch.cursor) watch.events.push({ say: "entries", entries: again, cursor: watch.cursor });
    }
    this.#wakeAll();
  }

  get revision(): number {
    return this.#revision;
  }

  backup(): Held {
    return { revision: this.#revision, heads: new Map(this.#heads), blobs: new Map(this.#blobs) };
  }

  /** Another content, and a new epoch. */
  replace(held: Held, epoch: string): void {
    this.epoch = epoch;
    this.#revision = held.revision;
    this.#heads = new Map(held.heads);
    this.#blobs = new Map(held.blobs);
    for (const watch of this.#watches) this.#reset(watch);
    this.#wakeAll();
  }

  #reset(watch: Watch): void {
    watch.events.push({ say: "reset", epoch: this.epoch, why: "the store was made anew" });
    watch.cursor = { epoch: this.epoch, position: 0 };
    watch.synced = false;
  }

  #tellAll(event: StoreEvent): void {
    for (const watch of this.#watches) watch.events.push(event);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const { wake } of this.#watches) wake();
  }

  #here(what?: "report" | "head" | "heads" | "blob"): void {
    if (this.#away !== undefined) throw new StoreError("lost", this.#away);
    const broken = what && this.broken.get(what);
    if (broken) throw broken;
  }

  async meta(): Promise<{ trust: readonly string[] }> {
    return { trust: [] };
  }

  async head(zone: string): Promise<Entry | undefined> {
    this.#here("head");
    return this.#heads.get(zone);
  }

  async history(zone: string): Promise<Entry[]> {
    const head = await this.head(zone);
    return head ? [head] : [];
  }

  async *heads(): AsyncGenerator<readonly Omit<Entry, "octets">[]> {
    this.#here("heads");
    yield this.listed([...this.#heads.values()]).map(({ zone, revision }) => ({ zone, revision }));
  }

  async *manifests(): AsyncGenerator<Entry> {
    yield* this.#heads.values();
  }

  async swap(changes: readonly Change[]): Promise<readonly number[]> {
    this.#here();
    const lost = changes.filter(({ zone, expected }) => (this.#heads.get(zone)?.revision ?? 0) !== expected);
    if (lost.length > 0) throw new Conflict(lost.map(({ zone }) => zone));
    const revisions = changes.map(({ zone, octets }) => {
      this.#revision++;
      this.#heads.set(zone, { zone, octets, revision: this.#revision });
      return this.#revision;
    });
    this.#wakeAll();
    return revisions;
  }

  /** A head without a signed removal, gone. */
  forget(zone: string): void {
    this.#heads.delete(zone);
  }

  async putBlob(sha256: string, octets: Uint8Array): Promise<boolean> {
    const fresh = !this.#blobs.has(sha256);
    this.#blobs.set(sha256, octets);
    return fresh;
  }

  async getBlob(sha256: string): Promise<Uint8Array | undefined> {
    this.#here("blob");
    this.asked.push(sha256);
    await this.delay(sha256);
    this.#here("blob");
    return this.#blobs.get(sha256)?.slice();
  }

  async *blobs(): AsyncGenerator<BlobInfo> {
    for (const sha256 of this.#blobs.keys()) yield { sha256, at: 0 };
  }

  async dropBlob(sha256: string): Promise<void> {
    this.#blobs.delete(sha256);
  }

  async *watch(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<StoreEvent> {
    this.watched.push(cursor);
    const watch: Watch = { cursor, events: [], wake: () => {}, synced: false };
    if (cursor && (cursor.epoch !== this.epoch || cursor.position > this.#revision)) this.#reset(watch);
    if (this.#away !== undefined) watch.events.push({ say: "lost", why: this.#away });
    this.#watches.add(watch);
    const end = () => watch.wake();
    signal.addEventListener("abort", end);
    try {
      while (!signal.aborted) {
        this.#look(watch);
        const event = watch.events.shift();
        if (event) yield event;
        else await new Promise<void>((resolve) => (watch.wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", end);
      this.#watches.delete(watch);
    }
  }

  /** What is new for somebody who watches. */
  #look(watch: Watch): void {
    if (this.#away !== undefined || watch.events.length > 0) return;
    const from = watch.cursor?.position ?? 0;
    const entries = [...this.#heads.values()].filter(({ revision }) => revision > from);
    entries.sort((a, b) => a.revision - b.revision);
    const cursor = { epoch: this.epoch, position: entries.at(-1)?.revision ?? from };
    watch.cursor = cursor;
    if (entries.length > 0) watch.events.push({ say: "entries", entries, cursor });
    if (!watch.synced) watch.events.push({ say: "synced", cursor });
    watch.synced = true;
  }

  async report(report: Report): Promise<void> {
    this.#here("report");
    this.reported++;
    this.#reports.set(report.pop, report);
  }

  async reports(): Promise<Report[]> {
    return [...this.#reports.values()];
  }

  async *watchReports(): AsyncGenerator<ReportEvent> {
    for (const [i, report] of [...this.#reports.values()].entries()) {
      yield { say: "report", report: { ...report, order: i + 1 }, behind: false };
    }
    yield { say: "synced" };
  }

  async order(): Promise<number> {
    return 1;
  }

  async orders(): Promise<OrderEntry[]> {
    return [];
  }

  async *watchOrders(): AsyncGenerator<OrderEvent> {
    yield { say: "synced" };
  }

  async record(_line: LedgerLine): Promise<void> {}

  async ledger(_zone: string): Promise<LedgerLine[]> {
    return [];
  }

  async close(): Promise<void> {}
}

/** SHA-256 in hex. */
export function sha256Of(octets: Uint8Array): string {
  return hash("sha256", octets, "hex");
}
