/** What must hold in any rollout, whatever POPs do: no wave before its time, and none that goes wrong stays. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Story, type StoryPop } from "./story.ts";

const WAVES = [
  { to: ["canary"], bake: 6 },
  { to: ["eu"], bake: 3 },
  { to: ["*"], bake: 2 },
];
const POPS: readonly (readonly [string, string])[] = [
  ["lhr1", "canary"],
  ["lhr2", "canary"],
  ["fra1", "eu"],
  ["nyc1", "us"],
];

const deed = fc.constantFrom(
  ...["serves 7", "serves 7", "serves 7", "serves 6", "is silent", "is back", "withdraws", "announces", "refuses"],
  ...["counts queries=1000 before=1000/0", "counts queries=1000 servfail=100 before=1000/0"],
);
const moment = fc.record({ after: fc.integer({ min: 0, max: 12 }), pop: fc.nat(POPS.length - 1), deed });
const happening = fc.oneof(
  { weight: 12, arbitrary: moment },
  { weight: 1, arbitrary: fc.constantFrom("pause" as const, "resume" as const, "another" as const, "deaf" as const) },
);

/** When a POP that the rollout has reached was last seen not to serve, although it announced and was heard. */
type Lagging = Map<string, number>;

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function told(story: Story, happened: Happening): void {
  if (typeof happened !== "string") {
    const pop = story.pops.get(POPS[happened.pop]?.[0] ?? "") as StoryPop;
    // Worse answers elsewhere would excuse those under the new version.
    if (pop.serves === 7 || !happened.deed.includes("servfail")) story.does(pop, happened.deed);
  } else if (happened === "another") story.another();
  else if (happened === "deaf") story.deaf();
  else if (story.manifest?.rollout?.state === (happened === "pause" ? "running" : "paused"))
    story.turn({ to: happened });
}

const isReached = (pop: StoryPop, wave: number) =>
  WAVES.slice(0, wave + 1).some(({ to }) => to.includes("*") || to.some((group) => pop.groups.includes(group)));

test("no wave goes on unless all its announcing POPs have served the version for the bake time", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const story = new Story();
      story.limits = { ...story.limits, patience: 20 };
      for (const [name, group] of POPS) story.addPop(name, [group]);
      story.begin(WAVES);
      const lagging: Lagging = new Map();
      for (const happened of happenings) {
        told(story, happened);
        for (let left = typeof happened === "string" ? 1 : happened.after; left >= 0; left--) {
          second(story, lagging);
        }
      }
    }),
    { numRuns: 300 },
  );
});

function second(story: Story, lagging: Lagging): void {
  const rollout = story.manifest?.rollout;
  for (const pop of story.pops.values()) {
    if (pop.announcing && !pop.silent && pop.serves !== 7) lagging.set(pop.name, story.now);
  }
  const made = story.second();
  if (made === undefined || rollout === undefined) return;
  const { decision, pops } = made;
  if (decision.to !== "promote" && decision.to !== "done") return;
  expect(rollout.state).toBe("running");
  const reached = [...story.pops.values()].filter((pop) => isReached(pop, rollout.wave));
  const live = reached.filter((pop) => pop.announcing && !pop.silent);
  for (const pop of live) {
    expect(pop.serves, pop.name).toBe(7);
    expect(pop.counts.servfail, pop.name).toBe(0);
    // Reports come every 5 seconds, and what happens is reported at once.
    expect(story.now - (lagging.get(pop.name) ?? -1), pop.name).toBeGreaterThanOrEqual(WAVES[rollout.wave]?.bake ?? 0);
  }
  const own = pops.filter(({ wave, state }) => wave === rollout.wave && state === "serves");
  expect(own.length).toBeGreaterThan(0);
  if (decision.to === "promote") expect(decision.wave).toBe(rollout.wave + 1);
}
