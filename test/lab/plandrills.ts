/** Drills of what is planned: a drain, its end, and a new release at every POP. */

import { now, until } from "./clock.ts";
import type { Drill, Stage } from "./drills.ts";
import { figures, type Measured, measure } from "./measure.ts";
import { POPS, SERVED } from "./topology.ts";
import { mustZonecast } from "./verb.ts";

const BACK_MS = 60_000;
const GONE_MS = 15_000;

export const planDrills: readonly Drill[] = [
  {
    name: "drain",
    about: "zonecast drain: announced as draining for 1 s, then withdrawn",
    quick: true,
    run: async (stage) => {
      await stage.lab.untilListened(stage.pop);
      const fault = { moves: GONE_MS, inject: () => plan(stage, "drain"), repair: () => plan(stage, "undrain") };
      return measure(stage.lab, stage.pop, fault, stage.last);
    },
    goal: { lost: 0, routeGone: GONE_MS },
  },
  {
    name: "undrain",
    about: 'zonecast undrain; "answered" is when the POP answers its client again',
    run: undrain,
    goal: { lost: 0, answered: GONE_MS },
  },
  {
    name: "upgrade",
    about: "one POP after the other: SIGTERM, started again once it has ended, the next once it announces",
    run: upgrade,
    goal: { lost: 0 },
  },
];

/** Both services of the POP, although another POP's were drained a moment ago. */
function plan({ lab, pop }: Stage, verb: "drain" | "undrain"): Promise<string> {
  const both = verb === "drain" ? ["--both"] : [];
  return mustZonecast(pop, [verb, "--all", ...both, "--config", lab.pop(pop).config, "--reason", "a drill"]);
}

async function undrain(stage: Stage): Promise<Measured> {
  const { lab, pop } = stage;
  await lab.untilListened(pop);
  await plan(stage, "drain");
  await until(`${pop} is drained`, GONE_MS, () => SERVED.every(({ prefix }) => !lab.routes.has(pop, prefix)));
  const start = now();
  await plan(stage, "undrain");
  await lab.untilSettled(BACK_MS);
  const end = now();
  const seen = await lab.clients.report(start, end);
  const measured = figures(lab, pop, { start, end, seen, back: [] });
  // Who answered before is "another" here.
  const back = seen.flatMap(({ by }) => (by[pop] === undefined ? [] : [by[pop].first - start]));
  return { ...measured, answered: back.length === 0 ? undefined : Math.max(...back) };
}

async function upgrade({ lab, pop }: Stage): Promise<Measured> {
  const start = now();
  for (const { name } of POPS) {
    await lab.pop(name).stop();
    lab.pop(name).again();
    lab.deafened(name);
    await lab.untilSettled(BACK_MS);
  }
  const end = now();
  const seen = await lab.clients.report(start, end);
  return { ...figures(lab, pop, { start, end, seen, back: [] }), routeGone: undefined, answered: undefined };
}
