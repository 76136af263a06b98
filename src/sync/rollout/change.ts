/**
 * The next manifest of a rollout, for each thing that can become of it. All of them keep the texts that POPs may still
 * need, and raise the manifest's id: a POP that went ahead with the new version takes the old one again after an abort,
 * because the id says so, although the zone's serial falls there. Only POPs of the waves so far have ever answered with
 * the higher serial; secondaries of theirs keep it until a later version, which the next push numbers above it.
 */

import type { Action, Manifest, Rollout, Target } from "../manifest/manifest.ts";
import type { Signed } from "../manifest/message.ts";
import { compose, contentOf } from "../publish/compose.ts";

/** What is to become of a rollout. */
export type Turn =
  | { readonly to: "promote"; readonly wave: number }
  | { readonly to: "done" }
  /** Everybody to the version before. */
  | { readonly to: "abort" }
  | { readonly to: "pause" }
  | { readonly to: "resume" };

export interface Reason {
  /** As Date.toISOString. */
  readonly at: string;
  readonly by: string;
  readonly why: string | undefined;
}

const ACTION: Readonly<Record<Turn["to"], Action>> = {
  promote: "promote",
  done: "promote",
  abort: "abort",
  pause: "pause",
  resume: "resume",
};

/** The next manifest and its bodies; undefined when there is no rollout, or nothing to do for it. */
export function turned(signed: Signed, turn: Turn, reason: Reason): Signed | undefined {
  const { manifest } = signed;
  const { rollout } = manifest;
  const fate = rollout && fateOf(rollout, turn);
  if (fate === undefined) return undefined;
  const { rollout: _, why: __, versions, ...rest } = manifest;
  const next: Omit<Manifest, "versions"> = {
    ...rest,
    id: manifest.id + 1,
    action: ACTION[turn.to],
    at: reason.at,
    by: reason.by,
    ...(reason.why === undefined ? {} : { why: reason.why }),
    targets: fate.targets,
    ...(fate.rollout === undefined ? {} : { rollout: fate.rollout }),
  };
  const wanted = versions.filter(({ version }) => fate.targets.some((target) => target.version === version));
  return compose(
    next,
    wanted.flatMap(({ version }) => contentOf(signed, version) ?? []),
  );
}

/** Who gets which version while a rollout is at a wave: each wave's groups so far the new one, the others the old one. */
export function targetsAt(rollout: Rollout): readonly Target[] {
  const groups = [...new Set(rollout.waves.slice(0, rollout.wave + 1).flatMap(({ to }) => to))];
  if (groups.includes("*")) return [{ group: "*", version: rollout.version }, ...rest(rollout)];
  return [...groups.map((group) => ({ group, version: rollout.version })), { group: "*", version: rollout.from }];
}

/** No POP gets that far: it keeps the old version in the manifest, to go back to. */
function rest(rollout: Rollout): readonly Target[] {
  return [{ group: "*", version: rollout.from }];
}

function fateOf(
  rollout: Rollout,
  turn: Turn,
): { readonly targets: readonly Target[]; readonly rollout: Rollout | undefined } | undefined {
  switch (turn.to) {
    case "promote": {
      if (turn.wave <= rollout.wave || turn.wave >= rollout.waves.length) return undefined;
      const next = { ...rollout, wave: turn.wave };
      return { targets: targetsAt(next), rollout: next };
    }
    case "done":
      return { targets: [{ group: "*", version: rollout.version }], rollout: undefined };
    case "abort":
      return { targets: [{ group: "*", version: rollout.from }], rollout: undefined };
    case "pause":
      if (rollout.state === "paused") return undefined;
      return { targets: targetsAt(rollout), rollout: { ...rollout, state: "paused" } };
    case "resume":
      if (rollout.state === "running") return undefined;
      return { targets: targetsAt(rollout), rollout: { ...rollout, state: "running" } };
  }
}
