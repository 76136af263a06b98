/** The central store under measurement: pushes to a fleet, the first sync of an empty POP, a million names. */

import type { Run } from "./bench.ts";
import { chosen } from "./options.ts";
import { NotServing } from "./server.ts";
import { type Figure, tellFigures } from "./syncfigures.ts";
import { measureFirstSync } from "./syncfirst.ts";
import { measureMillion } from "./syncmillion.ts";
import { natsProgram } from "./syncnats.ts";
import { watchOthers } from "./syncothers.ts";
import { measurePushes } from "./syncpush.ts";
import { natsStore, sqliteStore } from "./syncstore.ts";
import type { Running, Workplace } from "./workplace.ts";

interface Part {
  readonly key: string;
  readonly nats: boolean;
  readonly measure: (run: Run) => Promise<Figure[]>;
}

/** How much is done: the figures are wanted of the whole. */
const WHOLE = { pushes: 200, commands: 10, zones: 10_000, starts: 3, names: 1_000_000, changes: 5 };
const QUICK = { pushes: 40, commands: 3, zones: 2000, starts: 1, names: 100_000, changes: 1 };
/** With the three whole POPs of each part, a fleet of 20. */
const FOLLOWERS = 17;

const parts: readonly Part[] = [
  { key: "push", nats: true, measure: pushes },
  { key: "first", nats: true, measure: firstSync },
  { key: "million", nats: true, measure: million },
  { key: "sqlite", nats: false, measure: sqlitePushes },
];

/** Runs the parts that --rows names, or all, and prints one table. */
export async function benchSync(run: Run): Promise<void> {
  const { options } = run;
  const figures: Figure[] = [];
  const leftOut: string[] = [];
  for (const part of chosen(parts, options.rows)) {
    if (part.nats && natsProgram() === undefined)
      leftOut.push(`${part.key}: needs nats-server in $NATS_SERVER or PATH`);
    else {
      process.stderr.write(`sync: ${part.key}\n`);
      await measured(part, run, figures, leftOut);
    }
  }
  const title = options.quick ? "Sync, quick: less is done than the figures are wanted of" : "Sync";
  tellFigures(title, figures, options.json);
  process.stdout.write(leftOut.map((line) => `left out: ${line}\n`).join(""));
}

/** What a part starts ends with it, whatever becomes of it. */
async function measured(part: Part, run: Run, figures: Figure[], leftOut: string[]): Promise<void> {
  const started: Running[] = [];
  const place: Workplace = {
    ...run.place,
    start: (command, core) => {
      const running = run.place.start(command, core);
      started.push(running);
      return running;
    },
  };
  const others = watchOthers();
  try {
    figures.push(...(await part.measure({ ...run, place })));
    const values = { share: others?.end() ?? Number.NaN };
    figures.push({ part: part.key, title: "processor time that other programs took", values, unit: "%" });
  } catch (error) {
    if (!(error instanceof NotServing)) throw error;
    leftOut.push(`${part.key}: ${error.message}`);
  } finally {
    await Promise.all(started.filter((one) => one.ended() === undefined).map((one) => one.stop()));
  }
}

async function pushes({ place, options }: Run): Promise<Figure[]> {
  return measurePushes(place, await natsStore(place), { part: "push", ...amounts(options), followers: FOLLOWERS });
}

async function firstSync({ place, options }: Run): Promise<Figure[]> {
  const { zones, starts } = amounts(options);
  return measureFirstSync(place, zones, starts);
}

async function million({ place, generator, options }: Run): Promise<Figure[]> {
  const { names, changes } = amounts(options);
  return measureMillion(place, generator, names, changes);
}

async function sqlitePushes({ place, options }: Run): Promise<Figure[]> {
  return measurePushes(place, await sqliteStore(place), { part: "sqlite", ...amounts(options), followers: 0 });
}

function amounts({ quick }: Run["options"]): typeof WHOLE {
  return quick ? QUICK : WHOLE;
}
