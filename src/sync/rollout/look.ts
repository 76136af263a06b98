/** How one POP stands in a rollout, from what it last said and what it was found to answer. */

import { type Manifest, type Rollout, type Version, versionFor } from "../manifest/manifest.ts";
import type { ZoneCounts } from "../report.ts";
import { groupsOf, type Heard, isSilent } from "./fleet.ts";
import type { Limits } from "./judge.ts";
import type { Proof } from "./proof.ts";

/** All that a step is decided on. Milliseconds are by the conductor's monotonic clock. */
export interface Situation {
  /** With a rollout. */
  readonly manifest: Manifest;
  readonly revision: number;
  /** The store's: Cursor.epoch. */
  readonly epoch: string;
  readonly pops: readonly Heard[];
  /** What POPs that report the version were then found to answer; undefined when nobody is asked. */
  readonly proofs: ReadonlyMap<string, Proof> | undefined;
  readonly limits: Limits;
  readonly now: number;
}

/**
 *   serves     it has the new version, by its own word, and no proof says otherwise
 *   behind     it is to serve it, and does not yet
 *   refuses    it is to serve it, and said that it will not
 *   fallen     silent since it has taken the version
 *   silent     not heard for three of its reports
 *   unheard    it had a report in the store, and has said nothing since this conductor listens
 *   withdrawn  it does not announce: it is not waited for
 *   old        no wave has reached it
 */
export type PopState = "serves" | "behind" | "refuses" | "fallen" | "silent" | "unheard" | "withdrawn" | "old";

export interface PopView {
  readonly pop: string;
  readonly state: PopState;
  /** The end of a sentence that begins with the POP; empty when it serves. */
  readonly why: string;
  /** Its wave, from 0; undefined when no wave of the rollout is for it. */
  readonly wave: number | undefined;
  /** The version that it counts answers under, and the counts. */
  readonly version: number | undefined;
  readonly counts: { readonly now: ZoneCounts; readonly before: ZoneCounts | undefined } | undefined;
}

/** Why a POP is behind that has reported the version, and has not been asked yet. */
export const ASKED = "reports it, and is asked for it";

/** The rollout's version. */
export function versionOf(manifest: Manifest, rollout: Rollout): Version | undefined {
  return manifest.versions.find(({ version }) => version === rollout.version);
}

export function lookAt(heard: Heard, rollout: Rollout, situation: Situation): PopView {
  const { report } = heard;
  const counts = heard.rollouts.get(situation.manifest.zone);
  const groups = groupsOf(report);
  const wave = rollout.waves.findIndex(({ to }) => to.some((group) => group === "*" || groups.includes(group)));
  return {
    pop: report.pop,
    ...stateOf(heard, rollout, situation),
    wave: wave < 0 ? undefined : wave,
    version: counts?.version,
    counts: counts && { now: counts.now, before: counts.before },
  };
}

function stateOf(heard: Heard, rollout: Rollout, situation: Situation): { state: PopState; why: string } {
  const { report } = heard;
  const { manifest, now } = situation;
  const reached = versionFor(manifest, groupsOf(report))?.version === rollout.version;
  if (report.stopped) return { state: "withdrawn", why: "is stopped" };
  if (!report.announcing) return { state: "withdrawn", why: report.ready ? "does not announce" : "is not ready" };
  if (isSilent(heard, now)) {
    if (!reached || whyBehind(heard, rollout, situation) !== undefined) return { state: "silent", why: "is silent" };
    return { state: "fallen", why: "has fallen silent since it serves it" };
  }
  if (!reached) return { state: "old", why: "is in no wave so far" };
  const refused = refusalOf(heard, situation);
  if (refused !== undefined) return { state: "refuses", why: `refuses it: ${refused}` };
  if (!heard.fresh) return { state: "unheard", why: "has not reported since this one began to listen" };
  const behind = whyBehind(heard, rollout, situation) ?? whyUnproven(report.pop, rollout, situation);
  return behind === undefined ? { state: "serves", why: "" } : { state: "behind", why: behind };
}

/**
 * Why it refuses this manifest. A refusal of an earlier one holds when it has read this one, too: it said nothing better.
 */
function refusalOf(heard: Heard, { manifest, revision, epoch }: Situation): string | undefined {
  const refused = heard.refused.get(manifest.zone);
  if (refused === undefined) return undefined;
  const { report } = heard;
  const read = report.epoch === epoch && report.position >= revision;
  return refused.id === manifest.id || read ? refused.why : undefined;
}

function whyBehind({ report, rollouts, refused }: Heard, rollout: Rollout, situation: Situation): string | undefined {
  const { manifest, revision, epoch } = situation;
  if (report.epoch !== epoch) return "follows another store, or what this one was before";
  const counts = rollouts.get(manifest.zone);
  // It may have taken it under an earlier manifest of this rollout, and not read the last one.
  if (counts?.version === rollout.version) return undefined;
  if (report.position < revision) return "has not got to it yet";
  if (counts !== undefined) return `serves version ${counts.version}`;
  // POPs name only so many zones: one that names fewer than it refuses may refuse this.
  if (report.refusals > refused.size) return "refuses more zones than it can name";
  return undefined;
}

/** Only a POP's own answer speaks against its word: that nothing came says more of the way there. */
function whyUnproven(pop: string, rollout: Rollout, { manifest, proofs }: Situation): string | undefined {
  if (proofs === undefined) return undefined;
  const proof = proofs.get(pop);
  if (proof === undefined) return ASKED;
  if (proof.say === "nothing" || proof.pop !== pop) return undefined;
  if (proof.say === "rcode") return `reports it, and answers with ${proof.rcode}`;
  const serial = versionOf(manifest, rollout)?.serial;
  return proof.serial === serial ? undefined : `reports it, and answers with serial ${proof.serial}`;
}
