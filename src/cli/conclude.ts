/** What push and rollback do with their plans: refuse all, or publish all. */

import type { Manifest } from "../sync/manifest/manifest.ts";
import type { Plan, Terms } from "../sync/publish/plan.ts";
import { waveToText } from "../sync/rollout/step.ts";
import { type Published, publishedOf } from "../sync/rollout/waited.ts";
import { Exit } from "./failure.ts";
import type { PublishOptions } from "./publishflags.ts";
import { type Desk, publishAndWait } from "./publishing.ts";

/** RRsets of each zone that are shown. */
const SHOWN = 50;
/** Rollouts that are told one by one. */
const ROLLOUTS = 10;

/** What a publication goes by. */
export function termsOf(desk: Desk, options: PublishOptions, rest: Pick<Terms, "policy" | "waves">): Terms {
  return {
    ...rest,
    limits: desk.reader.config.publish.guards,
    allow: options.allow,
    shown: options.verbose ? Number.POSITIVE_INFINITY : SHOWN,
    shownNew: options.verbose ? Number.POSITIVE_INFINITY : 0,
    by: desk.by,
    at: new Date(),
    why: options.why,
  };
}

/** Publishes what is to be published, unless anything is refused. */
export async function conclude(plans: readonly Plan[], desk: Desk): Promise<number> {
  const { teller, options } = desk;
  const refused = teller.count("refused");
  const changes = plans.flatMap((plan) => (plan.outcome === "change" ? [plan.publication] : []));
  const unchanged = plans.filter((plan) => plan.outcome === "unchanged");
  if (refused > 0) {
    teller.loud(`nothing ${options.dryRun ? "would be" : "was"} published: ${zones(refused)} refused${hint(plans)}`);
    return Exit.REFUSED;
  }
  const rest =
    unchanged.length > 0
      ? `, ${unchanged.length === 1 && changes.length === 0 ? unchanged[0].zone : zones(unchanged.length)} unchanged`
      : "";
  if (options.dryRun) {
    teller.line(`dry run: ${zones(changes.length)} would be published${rest}`);
    return Exit.DONE;
  }
  // Who pushes the same again with --wait wants to know whether it is out by now.
  const standing = changes.length === 0 ? unchanged.flatMap(standingOf) : [];
  const fresh = changes.map(({ signed }) => signed.manifest);
  const old = plans.flatMap((plan) => (plan.outcome === "unchanged" ? (plan.base.head.signed?.manifest ?? []) : []));
  return publishAndWait(desk, changes, standing, () => {
    teller.line(changes.length === 0 ? `nothing to publish${rest}` : `published ${zones(changes.length)}${rest}`);
    if (!options.wait) for (const line of rolloutHints([...fresh, ...old])) teller.line(line);
    if (changes.length > 0 && desk.pops === 0 && !options.wait) teller.line("no POP has reported to this store yet");
  });
}

/** What is under way does not go on by itself. */
function rolloutHints(manifests: readonly Manifest[]): string[] {
  const under = manifests.flatMap(({ zone, rollout }) => (rollout ? [{ zone, rollout }] : []));
  const lines = under.slice(0, ROLLOUTS).map(({ zone, rollout }) => {
    const state = rollout.state === "paused" ? ", paused" : "";
    return `${zone} version ${rollout.version} is at ${waveToText(rollout)}${state}`;
  });
  if (under.length > ROLLOUTS) lines.push(`and ${under.length - ROLLOUTS} zones more`);
  if (under.length > 0) lines.push("zonecast rollout ZONE --wait, or zonecast conduct, brings it on");
  return lines;
}

/** How to publish it all the same, when all that stands against it can be meant. */
function hint(plans: readonly Plan[]): string {
  const found = plans.flatMap((plan) => (plan.outcome === "refused" ? plan.objections : []));
  const guards = [...new Set(found.map(({ guard }) => guard))];
  if (guards.length === 0 || guards.includes(undefined)) return "";
  return `; if it is meant: ${guards.map((guard) => `--allow ${guard}`).join(" ")} --why TEXT`;
}

function standingOf(plan: Plan): Published[] {
  if (plan.outcome !== "unchanged") return [];
  const { signed, revision } = plan.base.head;
  return signed === undefined ? [] : [publishedOf(signed.manifest, revision)];
}

/** "1 zone", "2 zones". */
function zones(count: number): string {
  return count === 1 ? "1 zone" : `${count} zones`;
}
