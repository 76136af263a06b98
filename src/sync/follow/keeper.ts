/**
 * Keeps what is served on disk: gathers what is new and writes it in one transaction. A disk that is full, read-only or
 * broken never stops serving; it is told once, and again when it works.
 */

import type { Cursor, Entry } from "../store/store.ts";
import type { Copy, ZoneWrite } from "./copy.ts";
import { CopyError, uselessness, whyUnkept } from "./copyfile.ts";

export interface KeeperArgs {
  /** Opens the copy; `useless` says why the one that is there is to be set aside. Throws CopyError. */
  readonly open: (useless?: string) => Copy;
  /** How far the store was followed, and whether all of it was: read when something is written. */
  readonly reached: () => { readonly cursor: Cursor | undefined; readonly complete: boolean };
  /** Keeping does not work, for this reason; or it does again. */
  readonly told: (why: string | undefined) => void;
  /** An old copy was set aside: as a sentence. */
  readonly aside: (what: string) => void;
  /** The copy does not have all that is served, and can have it again: the store is to be followed from its beginning. */
  readonly lost: () => void;
  /** Octets of messages that wait for such a disk. With more, everything is asked of the store again later. */
  readonly most: number;
  /** Milliseconds until a disk that does not work is tried again. */
  readonly again: number;
}

export class Keeper {
  readonly #args: KeeperArgs;
  readonly #zones = new Map<string, ZoneWrite>();
  readonly #refused = new Map<string, Entry | undefined>();
  #copy: Copy | undefined;
  #octets = 0;
  #why: string | undefined;
  /** The cursor as it was written last, and whether all was complete. */
  #written = "";
  /** Something that was to be kept was given up. */
  #lost = false;
  #flushing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(args: KeeperArgs) {
    this.#args = args;
  }

  /** Opens the copy; undefined when it can't be used, which is told. */
  open(): Copy | undefined {
    try {
      this.#use();
      if (this.#copy?.readOnly !== undefined) this.#failed(new CopyError(this.#copy.readOnly));
    } catch (error) {
      this.#failed(error);
    }
    return this.#copy;
  }

  /** Why nothing is kept; undefined when all is. */
  get why(): string | undefined {
    return this.#why;
  }

  zone(write: ZoneWrite): void {
    const before = this.#zones.get(write.zone);
    const body = write.body === undefined ? before?.body : write.body;
    this.#octets += (body?.octets.length ?? 0) - (before?.body?.octets.length ?? 0);
    this.#zones.set(write.zone, { ...write, body });
  }

  refused(zone: string, entry: Entry | undefined): void {
    this.#octets += (entry?.octets.length ?? 0) - (this.#refused.get(zone)?.octets.length ?? 0);
    this.#refused.set(zone, entry);
  }

  /** Writes what there is; resolves when that was tried. What comes at the same time shares one transaction. */
  flush(): Promise<void> {
    this.#flushing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#flushing = undefined;
        this.#write();
        resolve();
      });
    });
    return this.#flushing;
  }

  /** The copy is damaged, as reading it has shown. */
  damaged(error: unknown): void {
    this.#failed(error);
    this.#write();
  }

  #write(): void {
    if (this.#closed) return;
    clearTimeout(this.#retry);
    try {
      const copy = this.#use();
      if (copy.readOnly !== undefined) throw new CopyError(copy.readOnly);
      if (this.#lost) this.#startOver(copy);
      const { cursor, complete } = this.#args.reached();
      const reached = JSON.stringify([cursor, complete]);
      if (this.#zones.size + this.#refused.size > 0 || reached !== this.#written) {
        copy.write({ zones: [...this.#zones.values()], refused: [...this.#refused], cursor, complete });
      }
      this.#written = reached;
      this.#forget();
      if (this.#why !== undefined) this.#args.told(undefined);
      this.#why = undefined;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The copy, opened if it is not; anew when it could only be read. */
  #use(): Copy {
    if (this.#copy?.readOnly !== undefined) this.#letGo();
    if (!this.#copy) {
      this.#copy = this.#args.open();
      if (this.#copy.aside !== undefined) this.#args.aside(this.#copy.aside);
    }
    return this.#copy;
  }

  /** Nothing is written before it is known that something can be. */
  #startOver(copy: Copy): void {
    copy.write({ zones: [], refused: [], cursor: undefined, complete: false });
    this.#lost = false;
    this.#args.lost();
  }

  #forget(): void {
    this.#zones.clear();
    this.#refused.clear();
    this.#octets = 0;
  }

  #failed(error: unknown): void {
    const useless = uselessness(error);
    if (useless !== undefined && this.#setAside(useless)) return;
    const why = error instanceof CopyError ? error.message : whyUnkept(error);
    if (this.#why === undefined) this.#args.told(why);
    this.#why = why;
    if (this.#octets > this.#args.most) {
      this.#lost = true;
      this.#forget();
    }
    clearTimeout(this.#retry);
    if (!this.#closed) this.#retry = setTimeout(() => this.#write(), this.#args.again);
  }

  /** Puts a new copy in the place of a damaged one, to be filled from the store; false when that can't be done. */
  #setAside(useless: string): boolean {
    this.#letGo();
    try {
      this.#copy = this.#args.open(useless);
    } catch {
      return false;
    }
    if (this.#copy.aside !== undefined) this.#args.aside(this.#copy.aside);
    this.#forget();
    this.#args.lost();
    return true;
  }

  #letGo(): void {
    const copy = this.#copy;
    this.#written = "";
    this.#copy = undefined;
    try {
      copy?.close();
    } catch {
      // It is not used any more.
    }
  }

  /** Writes what there is, and lets go of the file. */
  close(): void {
    if (this.#zones.size > 0 || this.#refused.size > 0) this.#write();
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#letGo();
  }
}
