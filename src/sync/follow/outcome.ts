/** What becomes of a manifest: its version is served, kept on disk and reported; or it is refused, and that is. */

import { problemToText } from "../../zone/problem.ts";
import { RECENT_MOST, type Receipt } from "../report.ts";
import type { Cursor, Entry } from "../store/store.ts";
import type { KeptBody } from "./copy.ts";
import type { VersionCounts } from "./counts.ts";
import type { Followed, Work } from "./followed.ts";
import type { Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { Keeper } from "./keeper.ts";
import type { Made } from "./maker.ts";
import type { Removals } from "./removals.ts";
import type { Swapper } from "./swapper.ts";
import type { Ticket, Waterline } from "./waterline.ts";

/** Problems of one zone that are told one by one, and zones that are missing. */
const TOLD_MOST = 20;

export interface OutcomeArgs {
  readonly set: FollowSet;
  readonly keeper: Keeper;
  readonly waterline: Waterline;
  readonly swapper: Swapper;
  readonly removals: Removals;
  readonly counts: VersionCounts;
  readonly surroundings: Surroundings;
  /** A version is to be made. */
  readonly make: (followed: Followed, work: Work) => void;
  /** Something that reports say has changed. */
  readonly changed: () => void;
  /** What was dealt with is on disk, as far as the disk works. */
  readonly advanced: () => void;
}

export class Outcome {
  readonly #args: OutcomeArgs;
  readonly #recent: Receipt[] = [];
  #position: Cursor | undefined;

  constructor(args: OutcomeArgs) {
    this.#args = args;
  }

  /** The last receipts, the newest first. */
  get recent(): readonly Receipt[] {
    return this.#recent.toReversed();
  }

  /** All at or before it is served and on disk, as far as the disk works; or refused. */
  get position(): Cursor | undefined {
    return this.#position;
  }

  /** An image is ready. The copy gets the version before it is served, and its blobs before that. */
  made(followed: Followed, work: Work, made: Made): void {
    if (work.fresh) void made.kept.then(() => this.#ready(followed, work, made));
    else this.#ready(followed, work, made);
  }

  #ready(followed: Followed, work: Work, made: Made): void {
    this.#args.swapper.add({
      zone: followed.zone,
      image: made.compiled.image,
      wanted: () => followed.work === work,
      ...(work.fresh && { keep: () => this.#keepAhead(followed, work) }),
      served: () => void this.#served(followed, work, made),
      failed: (why) => this.refused(followed, work, `it can't be served: ${why}`, true),
    });
  }

  #keepAhead(followed: Followed, { entry, mark, signed, version }: Work): void {
    const { keeper } = this.#args;
    const taken = { id: signed.manifest.id, revision: entry.revision, mark };
    const body = { version: version.version, octets: entry.octets };
    keeper.zone({ zone: followed.zone, taken, removal: "no", body });
    keeper.refused(followed.zone, undefined);
    followed.kept = true;
  }

  async #served(followed: Followed, work: Work, made: Made): Promise<void> {
    const { set, counts, surroundings, removals } = this.#args;
    const { entry, mark, signed, version } = work;
    const servingMs = surroundings.monotonic() - work.since;
    counts.swapped(followed);
    set.serve(followed, version, made.compiled.image, surroundings.now());
    if (work.fresh) {
      set.take(followed, entry, mark, signed.manifest);
      removals.delete(followed.zone);
    } else if (followed.refused?.mark === mark) set.forgive(followed);
    followed.work = undefined;
    this.#tellServed(followed, work, made);
    this.done(work.tickets);
    await this.settle();
    if (!work.fresh) return;
    this.#receipt(work, made, servingMs);
    this.#args.changed();
  }

  #receipt({ entry, signed, version, received }: Work, { fetchedMs, compiledMs }: Made, servingMs: number): void {
    this.#recent.push({
      zone: entry.zone,
      id: signed.manifest.id,
      version: version.version,
      serial: version.serial,
      received: new Date(received).toISOString(),
      fetchedMs: tenths(fetchedMs),
      compiledMs: tenths(compiledMs),
      servingMs: tenths(servingMs),
    });
    if (this.#recent.length > RECENT_MOST) this.#recent.shift();
  }

  #tellServed(followed: Followed, { signed, version, since }: Work, { compiled }: Made): void {
    const { surroundings } = this.#args;
    const { zone } = followed;
    this.#tellProblems(followed);
    const { serial, records } = version;
    const ms = Math.round(surroundings.monotonic() - since);
    const facts = { zone, version: version.version, id: signed.manifest.id, serial, records, from: compiled.from, ms };
    surroundings.tell(
      "info",
      "zone.loaded",
      facts,
      `zone ${zone} loaded, version ${version.version}, serial ${serial}`,
    );
  }

  #tellProblems({ zone, problems }: Followed): void {
    for (const problem of problems.slice(0, TOLD_MOST)) {
      const level = problem.severity === "error" ? "error" : "warn";
      this.#args.surroundings.tell(level, `zone.${problem.severity}`, { zone }, problemToText(problem));
    }
  }

  /** A version can't be served. */
  refused(followed: Followed, work: Work, why: string, unfetched: boolean): void {
    if (followed.work !== work) return;
    followed.work = undefined;
    this.#tellProblems(followed);
    const { entry, mark, signed } = work;
    this.refuse(followed, entry, { id: signed.manifest.id, mark, why, unfetched, kept: !work.fresh });
    this.done(work.tickets);
    this.#fallBack(followed);
    void this.settle().then(this.#args.changed);
  }

  /** Nothing is served yet of a zone that the copy has. */
  #fallBack(followed: Followed): void {
    const { fallback } = followed;
    followed.fallback = undefined;
    if (!fallback || followed.image) return;
    followed.work = fallback;
    this.#args.make(followed, fallback);
  }

  /** A manifest is not taken. `kept`: the copy has it already. */
  refuse(
    followed: Followed,
    entry: Entry,
    refused: { id: number; mark: string; why: string; unfetched: boolean; kept: boolean },
  ): void {
    const { set, keeper, surroundings } = this.#args;
    const { kept, ...manifest } = refused;
    set.refuse(followed, { ...manifest, revision: entry.revision });
    if (!kept) keeper.refused(followed.zone, entry);
    const { zone, version, image } = followed;
    const stays =
      image && version ? `version ${version.version}, serial ${version.serial} stays` : "nothing is served for it";
    const facts = { zone, id: refused.id, revision: entry.revision, why: refused.why };
    surroundings.tell("error", "zone.refused", facts, `zone ${zone} refused: ${refused.why}; ${stays}`);
  }

  /** What was taken of a zone goes to the copy. */
  keep(followed: Followed, body: KeptBody | null | undefined): void {
    const { zone, taken, removal } = followed;
    if (!taken) return;
    this.#args.keeper.zone({ zone, taken, removal, body });
    if (!followed.refused) this.#args.keeper.refused(zone, undefined);
    if (body !== undefined) followed.kept = true;
  }

  /** A removal is confirmed. Serving ends, and then it is remembered that the zone is gone. */
  drop(followed: Followed): void {
    const { set, swapper, removals, counts, surroundings } = this.#args;
    const { zone, taken } = followed;
    // What the copy had of it and could not be made yet is not wanted any more.
    if (followed.work?.fresh === false) followed.work = undefined;
    swapper.add({
      zone,
      image: undefined,
      wanted: () => followed.removal === "doubt" && followed.taken === taken && !followed.work,
      served: () => {
        const serial = followed.version?.serial;
        set.gone(followed);
        removals.delete(zone);
        counts.gone(zone);
        this.keep(followed, null);
        surroundings.tell(
          "warn",
          "zone.dropped",
          { zone, serial, id: taken?.id },
          `zone ${zone} dropped: it was removed`,
        );
        void this.settle().then(this.#args.changed);
      },
      failed: () => removals.later(zone, surroundings.monotonic()),
    });
  }

  /** Zones that the store has no more. */
  missing(zones: readonly Followed[]): void {
    if (zones.length === 0) return;
    const { set, surroundings } = this.#args;
    const names = zones.slice(0, TOLD_MOST).map(({ zone }) => zone);
    const more = zones.length > names.length ? ` and ${zones.length - names.length} more` : "";
    const text = `the store has no zone ${names.join(", ")}${more}, and no signed removal: served on; push them again, or push and remove them`;
    surroundings.tell("error", "zone.missing", { zones: names, missing: zones.length, served: set.served }, text);
    this.#args.changed();
  }

  done(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.#args.waterline.done(ticket);
  }

  /** Writes what there is to the copy; how far the store was followed is said after that. */
  async settle(): Promise<void> {
    const { waterline, keeper } = this.#args;
    const reached = waterline.cursor;
    await keeper.flush();
    this.#position = reached;
    this.#args.advanced();
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
