/** Drills of the whole fleet at once. */

import type { Drill, Stage } from "./drills.ts";
import { type Fault, measure } from "./measure.ts";
import { ZONE } from "./zone.ts";

/** As long as a fleet takes to decide on something, several times over. */
const WATCH_MS = 8000;
const STORE_WATCH_MS = 30_000;

const NOTHING = { lost: 0, transitions: 0 };

function run(fault: (stage: Stage) => Fault): Drill["run"] {
  return (stage) => measure(stage.lab, stage.pop, fault(stage), stage.last);
}

export const fleetDrills: readonly Drill[] = [
  {
    name: "store",
    about: "the store is cut off from everybody for 30 s",
    run: run(({ lab }) => ({
      watch: STORE_WATCH_MS,
      deaf: "all",
      inject: () => lab.store.setCutOff(true),
      repair: () => lab.store.setCutOff(false),
    })),
    goal: NOTHING,
  },
  {
    name: "bad-zone",
    about: "zones with errors, and one that has lost its names, are pushed to all",
    run: run(({ lab }) => ({ watch: WATCH_MS, inject: () => pushBad(lab), repair: () => {} })),
    goal: NOTHING,
  },
  {
    name: "all-fail",
    about: "all POPs get a version of a zone that lacks what must be there: every probe fails at once",
    quick: true,
    run: async ({ lab, pop, last }) => {
      // In a hurry, those that were just disturbed stay up, as they don't know yet who else is there.
      await lab.untilListened(last ? pop : undefined);
      const push = (canary: boolean) => lab.store.mustPush({ canary });
      return measure(lab, pop, { watch: WATCH_MS, inject: () => push(false), repair: () => push(true) }, last);
    },
    goal: { lost: 0, announcers: 1 },
  },
];

/** None of these may come to a POP. Rejects when one is published. */
async function pushBad(lab: Stage["lab"]): Promise<void> {
  const soa = (serial: number) => `$ORIGIN ${ZONE}.\n$TTL 300\n@ SOA ns1 hostmaster ${serial} 14400 1800 3024000 300\n`;
  const bad = [
    (serial: number) => `${soa(serial)}@ NS ns1\nwww A 192.0.2\n`,
    (serial: number) => `${soa(serial)}@ NS ns1\nns1 A 198.51.100.53\n`,
    () => "",
  ];
  for (const text of bad) {
    const { code } = await lab.store.pushText(text);
    if (code === 0) throw new Error("a bad zone was published");
  }
}
