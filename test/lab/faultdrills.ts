/** Drills of a POP's own faults: its process, its threads, its daemon, its zones. */

import { pause } from "./clock.ts";
import type { Drill, Stage } from "./drills.ts";
import type { Fault as Fail } from "./faults.ts";
import type { Goal } from "./goal.ts";
import { type Fault, type Measured, measure } from "./measure.ts";

/** Seconds that nothing happens in, where nothing should. */
const WATCH_MS = 4000;
const HEALS = { watch: WATCH_MS, heals: true } as const;
const SETTLE_MS = 60_000;

function drill(name: string, about: string, goal: Goal, fault: (stage: Stage) => Fault): Drill {
  return {
    name,
    about,
    run: (stage) => measure(stage.lab, stage.pop, fault(stage), stage.last),
    goal,
  };
}

/** The fleet is asked in it. */
function afterListening(drill: Drill): Drill {
  const run = async (stage: Stage) => {
    await stage.lab.untilListened(stage.pop);
    return drill.run(stage);
  };
  return { ...drill, run };
}

/** A fault of one of the program's threads. */
function thread({ lab, pop }: Stage, fail: Fail): Pick<Fault, "inject" | "repair"> {
  return { inject: () => lab.pop(pop).set(fail, true), repair: () => lab.pop(pop).set(fail, false) };
}

export const faultDrills: readonly Drill[] = [
  {
    ...drill("kill", "the process is killed, and started again", { answered: 50, lost: 2 }, ({ lab, pop }) => ({
      deaf: "pop",
      inject: () => lab.pop(pop).signal("SIGKILL"),
      repair: () => lab.pop(pop).again(),
    })),
    quick: true,
  },
  {
    ...drill("hang", "the whole process is stopped (SIGSTOP), hold time 3 s", { answered: 5500 }, ({ lab, pop }) => ({
      deaf: "pop",
      inject: () => lab.pop(pop).signal("SIGSTOP"),
      repair: () => lab.pop(pop).signal("SIGCONT"),
    })),
    quick: true,
  },
  drill("thread", "one of the threads that answer UDP hangs, and is replaced", { answered: 300 }, (stage) => ({
    ...thread(stage, "udp-hang"),
    ...HEALS,
  })),
  drill("main", "the main thread hangs, and the others answer", { answered: 5500, lost: 0 }, (stage) => ({
    ...thread(stage, "main-hang"),
    deaf: "pop",
  })),
  drill("worker", "one of the threads that answer UDP dies, and is replaced", { answered: 300 }, (stage) => ({
    ...thread(stage, "udp-die"),
    ...HEALS,
  })),
  drill("tcp", "TCP is not answered, UDP is", { routeGone: 4000, lost: 0 }, (stage) => thread(stage, "tcp-deaf")),
  drill("tcp-thread", "the thread that answers TCP hangs, and is replaced", { routeGone: 1000, lost: 0 }, (stage) =>
    thread(stage, "tcp-hang"),
  ),
  afterListening(
    drill("zone", "one POP gets a version of a zone that lacks what must be there", { lost: 0 }, ({ lab, pop }) => ({
      inject: () => lab.store.mustPush({ canary: false, first: pop }),
      repair: () => lab.store.abort(),
    })),
  ),
  drill("bird", "the POP's BGP daemon is killed, and started again", { lost: 2 }, ({ lab, pop }) => ({
    inject: () => lab.router(pop).kill(),
    repair: () => lab.router(pop).start(),
  })),
  {
    name: "flap",
    about: "TCP is not answered for 2 s and answered for 12 s, in turn, for --minutes; health as it is by default",
    once: true,
    run: flap,
    goal: { transitions: 12, lost: 0 },
  },
];

/** Long enough to fall, and to rise: eight good answers in a row, one each second over TCP. */
const BAD_MS = 2000;
const GOOD_MS = 12_000;

async function flap(stage: Stage): Promise<Measured> {
  const { lab, pop, minutes, last } = stage;
  // In the lab a POP is trusted again sooner than by default.
  await lab.restart(pop, { wary: true });
  await lab.untilSettled(SETTLE_MS);
  const tcp = thread(stage, "tcp-deaf");
  const inject = async () => {
    for (let turn = 0; turn < (minutes * 60_000) / (BAD_MS + GOOD_MS); turn++) {
      await tcp.inject();
      await pause(BAD_MS);
      await tcp.repair();
      await pause(GOOD_MS);
    }
  };
  const repair = async () => {
    await lab.pop(pop).stop();
    await lab.restart(pop);
  };
  const measured = await measure(lab, pop, { watch: 0, inject, repair }, last);
  return { ...measured, routeGone: undefined, answered: undefined };
}
