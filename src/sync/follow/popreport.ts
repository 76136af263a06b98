/** What a POP says of itself: of constant size, whatever the number of zones. */

import type { PopReport, Receipt } from "../report.ts";
import type { Cursor } from "../store/store.ts";
import type { VersionCounts } from "./counts.ts";
import type { PopFacts, Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { FollowOptions } from "./options.ts";

/** Zones in a rollout that are told of, those whose manifests came last. */
const ROLLOUTS_MOST = 50;
/** Letters of a reason: a refusal with many problems has a long one. */
const WHY_MOST = 400;

export interface ReportParts {
  readonly pop: string;
  readonly groups: readonly string[];
  readonly facts: PopFacts;
  readonly options: FollowOptions;
  readonly surroundings: Surroundings;
  readonly set: FollowSet;
  readonly counts: VersionCounts;
  readonly position: Cursor | undefined;
  readonly recent: readonly Receipt[];
}

/** The report as of now. */
export function popReport({
  pop,
  groups,
  facts,
  options,
  surroundings,
  set,
  counts,
  position,
  recent,
}: ReportParts): PopReport {
  const ordered = facts.ordered();
  const rollouts = [...set.rollouts()].filter(({ image }) => image !== undefined).slice(-ROLLOUTS_MOST);
  return {
    v: 1,
    pop,
    groups,
    release: facts.release,
    at: new Date(surroundings.now()).toISOString(),
    every: options.report / 1000,
    epoch: position?.epoch ?? "",
    position: position?.position ?? 0,
    ready: facts.ready(),
    announcing: facts.announcing(),
    standings: facts.standings(),
    ...(ordered === undefined ? {} : { ordered }),
    ask: facts.ask,
    zones: set.served,
    digest: set.digest,
    refusals: set.refusals,
    refused: set.refused().map((refused) => ({ ...refused, why: shortened(refused.why) })),
    recent,
    rollouts: rollouts.map((followed) => counts.of(followed)),
    ...(facts.vitals === undefined ? {} : { vitals: facts.vitals() }),
  };
}

function shortened(why: string): string {
  return why.length <= WHY_MOST ? why : `${why.slice(0, WHY_MOST)}…`;
}
