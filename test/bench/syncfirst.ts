/** Many zones into an empty POP; and its starts after that, with the store and without it. */

import { setTimeout as wait } from "node:timers/promises";
import { type Figure, hundredth } from "./syncfigures.ts";
import { type SyncPop, startPop } from "./syncpop.ts";
import { BenchPublisher, type ZoneFile } from "./syncpublisher.ts";
import { natsStore } from "./syncstore.ts";
import { median } from "./table.ts";
import type { Workplace } from "./workplace.ts";
import { PLAIN_ZONE } from "./zonetext.ts";

const PATIENCE_MS = 60_000;
/** Gently: the machine has better things to do. */
const ASKING = { every: 20, most: PATIENCE_MS };
/** From the last answer to the end of the process: what is written behind is written by then. */
const SETTLE_MS = 1500;
const WANTED = { sync: 15, start: 2 };
const PART = "first";

/** Seconds from the start of a process until the last zone was answered, and until it was ready with all of them. */
interface Started {
  readonly answered: number;
  readonly ready: number;
}

/** Measures with so many zones; each start so often. */
export async function measureFirstSync(place: Workplace, count: number, rounds: number): Promise<Figure[]> {
  const central = await natsStore(place);
  const publisher = await BenchPublisher.open(central);
  const zones = Array.from({ length: count }, (_, i) => zoneFile(i));
  const since = performance.now();
  const publications = await publisher.plan(zones);
  const planned = performance.now();
  await publisher.publish(publications);
  const swapped = performance.now();
  await publisher.close();
  const first: Started[] = [];
  const restarts: Started[] = [];
  let pop: SyncPop | undefined;
  for (let round = 0; round < rounds; round++) {
    pop = await startPop(place, central, `empty${round}`);
    first.push(await started(pop, zones));
    pop = await restarted(pop);
    restarts.push(await started(pop, zones));
    await pop.stop();
  }
  await central.nats?.stop();
  const alone: Started[] = [];
  for (let round = 0; pop !== undefined && round < rounds; round++) {
    pop = pop.again();
    alone.push(await started(pop, zones));
    await pop.stop();
  }
  const push = { checked: hundredth((planned - since) / 1000), swapped: hundredth((swapped - planned) / 1000) };
  return [
    { part: PART, title: `${count} zones, pushed in one swap`, values: push, unit: "s" },
    figure(`${count} zones into an empty POP`, first, WANTED.sync),
    figure("  started again with all on disk", restarts, WANTED.start),
    figure("  started again, the store gone", alone, WANTED.start),
  ];
}

function figure(title: string, all: readonly Started[], most: number): Figure {
  const half = (values: readonly number[]) => hundredth(median(values));
  const values = {
    answered: half(all.map(({ answered }) => answered)),
    ready: half(all.map(({ ready }) => ready)),
  };
  return { part: PART, title, values, unit: "s", below: { answered: most, ready: most } };
}

async function restarted(pop: SyncPop): Promise<SyncPop> {
  await wait(SETTLE_MS);
  await pop.stop();
  return pop.again();
}

/** All of 20 zones from all over must be answered, the last one too. */
async function started(pop: SyncPop, zones: readonly ZoneFile[]): Promise<Started> {
  for (let i = 1; i <= 20; i++) {
    const { zone } = zones[Math.floor((i * zones.length) / 20) - 1];
    await pop.asker.until(zone, 1, ASKING);
  }
  const answered = performance.now();
  // Only now: with so many zones a status takes the main thread 20 ms, of which it has a better use before.
  const ready = await pop.untilReady(zones.length, PATIENCE_MS);
  const { started: since } = pop.running;
  return { answered: (answered - since) / 1000, ready: (ready - since) / 1000 };
}

function zoneFile(i: number): ZoneFile {
  const zone = `z${i}.example.`;
  return { zone, text: `$ORIGIN ${zone}\n${PLAIN_ZONE}` };
}
