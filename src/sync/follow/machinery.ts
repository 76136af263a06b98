/** Puts together what a follower is made of. */

import type { Trust } from "../manifest/keys.ts";
import type { Store } from "../store/store.ts";
import { Alarm } from "./alarm.ts";
import { Confirmer } from "./confirm.ts";
import { Copy } from "./copy.ts";
import { VersionCounts } from "./counts.ts";
import type { Work } from "./followed.ts";
import type { PopFacts, Surroundings } from "./following.ts";
import { FollowSet } from "./followset.ts";
import { Intake } from "./intake.ts";
import { Keeper } from "./keeper.ts";
import { Maker } from "./maker.ts";
import { FOLLOW_OPTIONS, type FollowOptions } from "./options.ts";
import { Outcome } from "./outcome.ts";
import { popReport } from "./popreport.ts";
import { Reconciler } from "./reconcile.ts";
import { Removals } from "./removals.ts";
import { Reporter } from "./reporter.ts";
import { Shelf } from "./shelf.ts";
import { Swapper } from "./swapper.ts";
import { Watcher } from "./watcher.ts";
import { Waterline } from "./waterline.ts";

export interface FollowerArgs {
  readonly store: Store;
  readonly trust: Trust;
  readonly pop: string;
  /** As configured: its own name and "*" need not be there. */
  readonly groups: readonly string[];
  /** The copy is kept in it: copy.db and blobs/. */
  readonly directory: string;
  readonly surroundings: Surroundings;
  readonly facts: PopFacts;
  readonly options?: Partial<FollowOptions>;
  /** Opens the copy, where it is not the one in the directory; `useless` says why to set aside what is there. */
  readonly openCopy?: (useless?: string) => Copy;
}

export interface Hooks {
  /** All that the store had was dealt with. */
  readonly complete: () => boolean;
  /** Something was dealt with. */
  readonly advanced: () => void;
  /** A zone was tried, and will be again. */
  readonly putOff: (work: Work) => void;
  readonly consequence: () => string;
}

/** What is decided about zones, and what is kept of it. */
export interface Machinery {
  readonly options: FollowOptions;
  readonly alarm: Alarm;
  readonly set: FollowSet;
  readonly waterline: Waterline;
  readonly removals: Removals;
  readonly keeper: Keeper;
  readonly shelf: Shelf;
  readonly maker: Maker;
  readonly swapper: Swapper;
  readonly outcome: Outcome;
  readonly intake: Intake;
  readonly confirmer: Confirmer;
  readonly reconciler: Reconciler;
  readonly reporter: Reporter;
  readonly watcher: Watcher;
}

/** All parts, none of them started. */
export function assemble(args: FollowerArgs, hooks: Hooks): Machinery {
  const { store, trust, surroundings, facts, pop } = args;
  // A store in a file has no other POPs that ask it at the same moment.
  const near = store.where.startsWith("sqlite:") ? { spread: 0 } : {};
  const options = { ...FOLLOW_OPTIONS, ...near, ...args.options };
  const alarm = new Alarm();
  const waterline = new Waterline();
  const removals = new Removals(options.confirm);
  const set = new FollowSet([...args.groups, pop]);
  const counts = new VersionCounts(
    (zone) => facts.counts(zone),
    () => surroundings.now(),
  );
  const changed = () => reporter.soon();
  const lost = () => {
    set.unkept();
    watcher.startOver();
  };
  const keeper = newKeeper(args, options, { waterline, complete: hooks.complete, lost });
  const shelf = new Shelf(args.directory, store, (why) => tellKeeping(args, "blobs", why));
  const maker = new Maker({
    ...{ shelf, surroundings, options, alarm, putOff: hooks.putOff },
    made: (followed, work, made) => outcome.made(followed, work, made),
    refused: (followed, work, why, unfetched) => outcome.refused(followed, work, why, unfetched),
  });
  const swapper = new Swapper(
    (swaps) => surroundings.serve(swaps),
    () => maker.busy,
    () => keeper.flush(),
  );
  const { advanced } = hooks;
  const outcome = new Outcome({
    ...{ set, keeper, waterline, swapper, removals, counts, surroundings, changed, advanced },
    make: (followed, work) => maker.start(followed, work),
  });
  const doubted = () => confirmer.start();
  const intake = new Intake({ trust, set, keeper, maker, swapper, outcome, removals, surroundings, doubted });
  const take = async (entries: Parameters<Intake["take"]>[0]) => {
    await intake.take(entries, undefined);
    await outcome.settle();
  };
  const confirmer = new Confirmer({
    ...{ store, trust, set, removals, outcome, surroundings, options },
    take: (entry) => take([entry]),
  });
  const reconciler = new Reconciler({
    ...{ store, set, outcome, surroundings, options, take },
    settled: () => watcher.settled,
    done: async () => {
      await shelf.sweep(set.versions(), surroundings.now());
    },
  });
  const reporter = new Reporter({
    ...{ pop, store, surroundings, options },
    write: () => {
      const { position, recent } = outcome;
      return popReport({ pop, groups: args.groups, facts, options, surroundings, set, counts, position, recent });
    },
    taken: () => watcher.hear(),
    muted: () => facts.muted?.() ?? false,
  });
  const { consequence } = hooks;
  const watching = { store, set, waterline, outcome, intake, surroundings, options, alarm, changed, consequence };
  const watcher = new Watcher(watching);
  return {
    ...{ options, alarm, set, waterline, removals, keeper, shelf, maker, swapper },
    ...{ outcome, intake, confirmer, reconciler, reporter, watcher },
  };
}

function newKeeper(
  args: FollowerArgs,
  options: FollowOptions,
  { waterline, complete, lost }: { waterline: Waterline; complete: () => boolean; lost: () => void },
): Keeper {
  const { directory, surroundings } = args;
  return new Keeper({
    open: args.openCopy ?? ((useless) => new Copy(directory, useless)),
    reached: () => ({ cursor: waterline.cursor, complete: complete() }),
    told: (why) => tellKeeping(args, "copy", why),
    aside: (what) => surroundings.tell("error", "copy.aside", { directory }, what),
    lost,
    again: options.keepAgain,
    most: options.waitMost,
  });
}

/** Told once, and again when it works. */
function tellKeeping({ directory, surroundings }: FollowerArgs, what: "copy" | "blobs", why: string | undefined): void {
  if (why === undefined) {
    surroundings.tell("info", `${what}.kept`, { directory }, `what is served is kept in ${directory} again`);
    return;
  }
  const text = `what is served can't be kept in ${directory}: ${why}; serving goes on, and a restart asks the store for it`;
  surroundings.tell("error", `${what}.unkept`, { directory, why }, text);
}
