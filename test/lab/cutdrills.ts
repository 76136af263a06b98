/** Drills of a POP's uplink, which takes the routed network and the store from it. */

import type { Drill, Stage } from "./drills.ts";
import { setCarrier, setSilent } from "./host.ts";
import { type Fault, measure } from "./measure.ts";

export const cutDrills: readonly Drill[] = [
  {
    name: "carrier",
    about: "the POP's uplink loses its carrier",
    run: ({ lab, pop, last }) =>
      measure(
        lab,
        pop,
        { deaf: "pop", inject: () => setCarrier(pop, false), repair: () => setCarrier(pop, true) },
        last,
      ),
    goal: { answered: 300 },
  },
  {
    name: "cut",
    about: "the uplink is silent both ways; BFD, 100 ms × 3",
    run: silence,
    goal: { answered: 300 },
  },
  {
    name: "cut-hold",
    about: "the same without BFD, hold time 9 s",
    run: async (stage) => {
      await stage.lab.setBfd(stage.pop, false);
      const measured = await silence(stage);
      await stage.lab.setBfd(stage.pop, true);
      return measured;
    },
    goal: { answered: 9500 },
  },
];

function silence({ lab, pop, last }: Stage) {
  const fault: Fault = {
    deaf: "pop",
    moves: 12_000,
    inject: () => setSilent(pop, true),
    repair: () => setSilent(pop, false),
  };
  return measure(lab, pop, fault, last);
}
