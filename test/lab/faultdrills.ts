/** Drills of a POP's own faults: its process, its threads, its daemon, its zones. */

import { pause } from "./clock.ts";
import type { Drill, Stage } from "./drills.ts";
import type { Fault as Fail } from "./faults.ts";
import { type Goal, missed } from "./goal.ts";
import { type Fault, measure } from "./measure.ts";

/** Seconds that nothing happens in, where nothing should. */
const WATCH_MS = 4000;

function drill(name: string, about: string, goal: Goal, fault: (stage: Stage) => Fault): Drill {
  return {
    name,
    about,
    run: (stage) => measure(stage.lab, stage.pop, fault(stage), stage.last),
    missed: (measured) => missed(goal, measured),
  };
}

/** A fault of one of the program's threads. */
function thread({ lab, pop }: Stage, fail: Fail): Pick<Fault, "inject" | "repair"> {
  return { inject: () => lab.pop(pop).set(fail, true), repair: () => lab.pop(pop).set(fail, false) };
}

export const faultDrills: readonly Drill[] = [
  {
    ...drill("kill", "the process is killed, and started again", { answered: 50, lost: 2 }, ({ lab, pop }) => ({
      inject: () => lab.pop(pop).signal("SIGKILL"),
      repair: () => lab.pop(pop).again(),
    })),
    quick: true,
  },
  {
    ...drill("hang", "the whole process is stopped (SIGSTOP), hold time 3 s", { answered: 5500 }, ({ lab, pop }) => ({
      inject: () => lab.pop(pop).signal("SIGSTOP"),
      repair: () => lab.pop(pop).signal("SIGCONT"),
    })),
    quick: true,
  },
  drill("thread", "one of the threads that answer UDP hangs", { answered: 300 }, (stage) => thread(stage, "udp-hang")),
  drill("main", "the main thread hangs, and the others answer", { answered: 5500, lost: 0 }, (stage) =>
    thread(stage, "main-hang"),
  ),
  drill("worker", "one of the threads that answer UDP dies", {}, (stage) => ({
    ...thread(stage, "udp-die"),
    watch: WATCH_MS,
  })),
  drill("tcp", "TCP is not answered, UDP is", { routeGone: 4000, lost: 0 }, (stage) => thread(stage, "tcp-hang")),
  drill("zone", "one POP gets a version of a zone that lacks what must be there", { lost: 0 }, ({ lab, pop }) => ({
    inject: () => lab.store.mustPush({ canary: false, first: pop }),
    repair: () => lab.store.abort(),
  })),
  drill("bird", "the POP's BGP daemon is killed, and started again", { lost: 2 }, ({ lab, pop }) => ({
    inject: () => lab.router(pop).kill(),
    repair: () => lab.router(pop).start(),
  })),
  {
    ...drill("flap", "TCP is answered for 2 s and not for 2 s, in turn", { transitions: 12, lost: 0 }, flapping),
    once: true,
  },
];

/** As it is configured by default: in the lab otherwise, a POP is trusted again sooner. */
function flapping({ lab, pop, minutes }: Stage): Fault {
  const process = lab.pop(pop);
  return {
    watch: 0,
    inject: async () => {
      for (let turn = 0; turn < (minutes * 60) / 4; turn++) {
        process.set("tcp-hang", true);
        await pause(2000);
        process.set("tcp-hang", false);
        await pause(2000);
      }
    },
    repair: () => lab.restart(pop),
  };
}
