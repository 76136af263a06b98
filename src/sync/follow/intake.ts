/** Manifests as they come: opened, judged, and set to work. */

import { setImmediate as turn } from "node:timers/promises";
import type { Trust } from "../manifest/keys.ts";
import type { Version } from "../manifest/manifest.ts";
import { ManifestError, openManifest, type Signed } from "../manifest/message.ts";
import type { Entry } from "../store/store.ts";
import type { Followed, Work } from "./followed.ts";
import type { Surroundings } from "./following.ts";
import { type FollowSet, markOf, type Verdict } from "./followset.ts";
import type { Keeper } from "./keeper.ts";
import type { Maker } from "./maker.ts";
import type { Outcome } from "./outcome.ts";
import type { Removals } from "./removals.ts";
import type { Swapper } from "./swapper.ts";
import type { Ticket } from "./waterline.ts";

/** Signatures are verified for so long, in milliseconds, before this thread looks at what else there is. */
const SLICE_MS = 20;

export interface IntakeArgs {
  readonly trust: Trust;
  readonly set: FollowSet;
  readonly keeper: Keeper;
  readonly maker: Maker;
  readonly swapper: Swapper;
  readonly outcome: Outcome;
  readonly removals: Removals;
  readonly surroundings: Surroundings;
  /** A removal is to be confirmed. */
  readonly doubted: () => void;
}

/** A manifest with all that is known of it. */
interface Came {
  readonly entry: Entry;
  readonly mark: string;
  readonly followed: Followed;
  readonly ticket: Ticket | undefined;
}

export class Intake {
  readonly #args: IntakeArgs;

  constructor(args: IntakeArgs) {
    this.#args = args;
  }

  /** Takes manifests in; `ticket` is done when each of them is served, or needs nothing. Resolves when all are at work. */
  async take(entries: readonly Entry[], ticket: Ticket | undefined): Promise<void> {
    const { maker, swapper, surroundings } = this.#args;
    let since = surroundings.monotonic();
    const begun: [Followed, Work][] = [];
    for (const entry of entries) {
      // What is served of the zone is changing this very moment, and the verdict depends on it.
      while (swapper.landed(entry.zone)) await swapper.landed(entry.zone);
      const work = this.#one(entry, ticket);
      if (work) begun.push(work);
      if (surroundings.monotonic() - since < SLICE_MS) continue;
      this.#start(begun.splice(0));
      await turn();
      await maker.room();
      since = surroundings.monotonic();
    }
    this.#start(begun);
  }

  #start(begun: readonly [Followed, Work][]): void {
    for (const [followed, work] of begun) if (followed.work === work) this.#args.maker.start(followed, work);
  }

  #one(entry: Entry, ticket: Ticket | undefined): [Followed, Work] | undefined {
    const { set, trust, outcome } = this.#args;
    const mark = markOf(entry.octets);
    const followed = set.follow(entry.zone);
    set.listed(followed);
    const known = set.knows(followed, mark) || followed.work?.mark === mark;
    const opened = known ? undefined : open(entry, trust);
    const verdict: Verdict = opened ? set.judge(entry, mark, opened) : set.again(followed, mark);
    const came: Came = { entry, mark, followed, ticket };
    if (verdict.do === "join") {
      if (ticket) verdict.work.tickets.push(ticket);
      return undefined;
    }
    if (opened && !(opened instanceof Error)) {
      if (verdict.do === "make") return [followed, this.#work(came, opened, verdict.version)];
      this.#settle(came, opened, verdict);
    } else if (verdict.do === "refuse") this.#refuse(came, verdict.id, verdict.why);
    else this.#again(came);
    if (ticket) outcome.done([ticket]);
    return undefined;
  }

  /** A version is to be made. What was being made of the zone before is dropped. */
  #work({ entry, mark, followed, ticket }: Came, signed: Signed, version: Version): Work {
    const { surroundings } = this.#args;
    const tickets = ticket ? [ticket] : [];
    if (followed.work) tickets.push(...followed.work.tickets);
    if (followed.work?.fresh === false) followed.fallback = followed.work;
    const received = surroundings.now();
    const since = surroundings.monotonic();
    const work: Work = { entry, mark, signed, version, received, since, fresh: true, tickets };
    followed.work = work;
    return work;
  }

  /** A manifest that nothing has to be made for. */
  #settle(came: Came, signed: Signed, verdict: Verdict): void {
    switch (verdict.do) {
      case "refuse":
        this.#refuse(came, verdict.id, verdict.why);
        break;
      case "note":
        this.#note(came, signed, verdict.version);
        break;
      case "pass":
        this.#take(came, signed);
        this.#args.outcome.keep(came.followed, came.followed.image ? undefined : null);
        break;
      case "doubt":
        this.#doubt(came, signed);
        break;
      case "forget":
        this.#take(came, signed);
        came.followed.work = undefined;
        this.#args.set.gone(came.followed);
        this.#args.outcome.keep(came.followed, null);
        break;
      default:
        this.#again(came);
    }
  }

  /** The manifest is the zone's last one. What was being made of it is not wanted any more. */
  #take({ entry, mark, followed }: Came, { manifest }: Signed): void {
    const { set, maker, removals, outcome } = this.#args;
    const { work, fallback } = followed;
    if (work) outcome.done(work.tickets.splice(0));
    // What the copy has is served on, once it is made.
    const goesOn = work?.fresh === false;
    if (!goesOn) followed.work = fallback;
    followed.fallback = undefined;
    if (!goesOn && fallback) maker.start(followed, fallback);
    set.take(followed, entry, mark, manifest);
    removals.delete(followed.zone);
  }

  #note(came: Came, signed: Signed, version: Version): void {
    const { set, outcome } = this.#args;
    const { followed, entry } = came;
    this.#take(came, signed);
    set.serve(followed, version, followed.image, followed.at);
    outcome.keep(followed, { version: version.version, octets: entry.octets });
  }

  #doubt(came: Came, signed: Signed): void {
    const { removals, outcome, surroundings, doubted } = this.#args;
    const { followed } = came;
    const { zone } = followed;
    this.#take(came, signed);
    removals.add(zone, surroundings.monotonic());
    outcome.keep(followed, undefined);
    const { by, id } = signed.manifest;
    const text = `zone ${zone} was removed by ${by}: served on until that is confirmed`;
    surroundings.tell("warn", "zone.removed", { zone, id, by }, text);
    doubted();
  }

  #refuse({ entry, mark, followed }: Came, id: number, why: string): void {
    this.#args.outcome.refuse(followed, entry, { id, mark, why, unfetched: false, kept: false });
  }

  /** A manifest that is known. Its revision may be new, and the copy may lack it. */
  #again({ entry, mark, followed }: Came): void {
    const { set, keeper, outcome } = this.#args;
    const { revision } = entry;
    const { taken, refused, version } = followed;
    if (refused?.mark === mark) {
      followed.refused = { ...refused, revision };
      if (!followed.kept) keeper.refused(followed.zone, entry);
      return;
    }
    if (taken?.mark !== mark) return;
    if (refused && revision > refused.revision) {
      set.forgive(followed);
      keeper.refused(followed.zone, undefined);
    }
    if (revision === taken.revision && followed.kept) return;
    followed.taken = { ...taken, revision: Math.max(revision, taken.revision) };
    const body = version && followed.removal === "no" ? { version: version.version, octets: entry.octets } : undefined;
    outcome.keep(followed, followed.kept ? undefined : body);
  }
}

function open({ zone, octets }: Entry, trust: Trust): Signed | ManifestError {
  try {
    return openManifest(zone, octets, trust);
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
}
