/** From a manifest to an image: gathers the text of a version, tries again while the store is away, has it compiled. */

import { BodyError, gather, type Pieces } from "../blob/unpack.ts";
import { StoreError } from "../store/store.ts";
import type { Alarm } from "./alarm.ts";
import type { Followed, Work } from "./followed.ts";
import type { Compiled, Surroundings } from "./following.ts";
import { Lane } from "./lane.ts";
import type { FollowOptions } from "./options.ts";
import { againAfter } from "./pace.ts";
import type { Shelf } from "./shelf.ts";

/** Zones at once whose text came with the manifest, and of those in blobs the smaller and the larger ones. */
const AT_ONCE = { inline: 64, middle: 4, large: 2 } as const;
/** Octets of text from which a zone is a large one. */
const LARGE: number = 4 << 20;
/** A blob that the store does not give is asked for so often: a copy of the store may be a moment behind. */
const ATTEMPTS = 4;

/** A version that is ready to be served. Milliseconds since its manifest came. */
export interface Made {
  readonly compiled: Compiled & { readonly image: SharedArrayBuffer };
  readonly fetchedMs: number;
  readonly compiledMs: number;
  /** Resolves when its blobs are on disk, or can't be. Never rejects. */
  readonly kept: Promise<unknown>;
}

export interface MakerArgs {
  readonly shelf: Shelf;
  readonly surroundings: Surroundings;
  readonly options: FollowOptions;
  readonly alarm: Alarm;
  readonly made: (followed: Followed, work: Work, made: Made) => void;
  /** `unfetched`: the store did not give its text. */
  readonly refused: (followed: Followed, work: Work, why: string, unfetched: boolean) => void;
  /** It was tried, and will be tried again. */
  readonly putOff: (work: Work) => void;
}

export class Maker {
  readonly #args: MakerArgs;
  readonly #inline = new Lane(AT_ONCE.inline);
  readonly #middle = new Lane(AT_ONCE.middle);
  readonly #large = new Lane(AT_ONCE.large);
  #waiting = 0;
  #closed = false;

  constructor(args: MakerArgs) {
    this.#args = args;
  }

  /** Zones that are being made or wait for it. */
  get size(): number {
    return this.#inline.size + this.#middle.size + this.#large.size + this.#waiting;
  }

  /** True while small zones are being made. */
  get busy(): boolean {
    return this.#inline.size > 0;
  }

  /** Resolves when not too many small zones wait. */
  async room(): Promise<void> {
    await this.#inline.below(AT_ONCE.inline * 16);
  }

  /** Makes a zone's work, as long as it is that: another one takes its place at any time. */
  start(followed: Followed, work: Work, attempt = 0): void {
    this.#laneFor(work).add(() => this.#run(followed, work, attempt));
  }

  /** Small zones do not wait for large ones. */
  #laneFor({ version: { body, size } }: Work): Lane {
    if (body.at === "inline") return this.#inline;
    return size < LARGE ? this.#middle : this.#large;
  }

  async #run(followed: Followed, work: Work, attempt: number): Promise<void> {
    if (this.#closed || followed.work !== work) return;
    const { surroundings, options, shelf } = this.#args;
    const keeping: Promise<void>[] = [];
    let gathered: Pieces;
    try {
      const parts = {
        zone: work.entry.zone,
        bodies: work.signed.bodies,
        getBlob: (sha256: string) => shelf.get(sha256, keeping),
      };
      gathered = await gather(work.version, parts, options.chunksAtOnce);
    } catch (error) {
      this.#failed(followed, work, attempt, error);
      return;
    }
    if (followed.work !== work) return;
    const fetchedMs = surroundings.monotonic() - work.since;
    const { zone } = work.entry;
    const { pieces } = gathered;
    const compiled = await surroundings.compile({ zone, version: work.version, pieces, before: followed.image });
    if (followed.work !== work) return;
    followed.problems = compiled.problems;
    const { image } = compiled;
    if (!image) this.#args.refused(followed, work, compiled.why ?? "it could not be compiled: see the log", false);
    else {
      const compiledMs = surroundings.monotonic() - work.since;
      this.#args.made(followed, work, {
        compiled: { ...compiled, image },
        fetchedMs,
        compiledMs,
        kept: Promise.all(keeping),
      });
    }
  }

  /** A store that is away is waited for, as long as it takes. What is wrong otherwise is soon said. */
  #failed(followed: Followed, work: Work, attempt: number, error: unknown): void {
    if (followed.work !== work) return;
    const lost = error instanceof StoreError && error.kind === "lost";
    const mayPass = lost || error instanceof StoreError || (error instanceof BodyError && error.blob !== undefined);
    if (!mayPass || (!lost && attempt + 1 >= ATTEMPTS)) {
      this.#args.refused(followed, work, error instanceof Error ? error.message : String(error), mayPass);
      return;
    }
    const { surroundings, options, alarm } = this.#args;
    this.#args.putOff(work);
    this.#waiting++;
    void alarm.wait(againAfter(attempt, surroundings.random(), options.again, options.againMost)).then(() => {
      this.#waiting--;
      if (followed.work === work) this.start(followed, work, attempt + 1);
    });
  }

  /** Nothing is begun any more. */
  close(): void {
    this.#closed = true;
  }
}
