/** How a zone stands in the fleet, as far as the store can tell: POPs' last words, and the ledger. For people, and --json. */

import { type Manifest, newestOf, type Rollout } from "../manifest/manifest.ts";
import type { ZoneCounts } from "../report.ts";
import type { Store } from "../store/store.ts";
import { Fleet } from "./fleet.ts";
import { KINDS, type Kind, type Limits, share } from "./judge.ts";
import { type Passage, readPassage } from "./ledger.ts";
import { epochOf } from "./listen.ts";
import { lookAt, type PopView } from "./look.ts";
import type { Clock } from "./waited.ts";

/** Percent of a zone's answers at a POP, of each kind that is judged. */
export type Shares = Readonly<Record<Kind, number>> & { readonly queries: number };

export interface PopRow extends Omit<PopView, "counts"> {
  /** When it last reported, as Date.toISOString, by its own clock. */
  readonly reported: string;
  /** Under the version that it serves, and under the one before; undefined when it counts nothing of the zone. */
  readonly now: Shares | undefined;
  readonly before: Shares | undefined;
}

export interface ZoneState {
  readonly manifest: Manifest;
  /** Undefined when none is under way. */
  readonly rollout: Rollout | undefined;
  readonly pops: readonly PopRow[];
  /** The newest first. */
  readonly ledger: readonly Passage[];
}

/** Reads all that there is to show of a zone whose head this is. Rejects with StoreError. */
export async function zoneState(
  store: Store,
  head: { readonly manifest: Manifest; readonly revision: number },
  limits: Limits,
  clock: Clock,
): Promise<ZoneState> {
  const { manifest, revision } = head;
  const stop = new AbortController();
  const [reports, lines, epoch] = await Promise.all([
    store.reports(),
    store.ledger(manifest.zone),
    epochOf(store, stop.signal),
  ]);
  const fleet = new Fleet();
  const now = clock.monotonic();
  // All as if they had just come: nobody listens long enough here to tell who is silent.
  for (const report of reports) fleet.hear(report, now);
  // What all POPs have is looked at as a rollout that has got everywhere.
  const number = newestOf(manifest)?.version ?? 0;
  const everywhere: Rollout = {
    ...{ version: number, from: number, waves: [{ to: ["*"], bake: 0 }], wave: 0, state: "running" },
  };
  const rollout = manifest.rollout ?? everywhere;
  const situation = { manifest, revision, epoch: epoch ?? "", pops: [], proofs: undefined, limits, now };
  const pops = fleet.all().map((heard): PopRow => {
    const { counts, ...view } = lookAt(heard, rollout, situation);
    const shares = { now: counts && sharesOf(counts.now), before: counts?.before && sharesOf(counts.before) };
    return {
      ...view,
      version: view.version ?? receivedBy(heard.report.recent, manifest),
      reported: heard.report.at,
      ...shares,
    };
  });
  return {
    manifest,
    rollout: manifest.rollout,
    pops,
    ledger: lines.flatMap(({ octets }) => readPassage(octets) ?? []),
  };
}

/** POPs count only what is in a rollout; of the rest, their last receipts tell. */
function receivedBy(
  recent: readonly { readonly zone: string; readonly version: number }[],
  { zone }: Manifest,
): number | undefined {
  return recent.find((one) => one.zone === zone)?.version;
}

function sharesOf(counts: ZoneCounts): Shares {
  const [servfail, refused, nxdomain] = KINDS.map((kind) => Math.round(share(counts, kind) * 100) / 100);
  return { queries: counts.queries, servfail: servfail ?? 0, refused: refused ?? 0, nxdomain: nxdomain ?? 0 };
}
