/** How long a push of a small zone takes to be answered everywhere: whole POPs by UDP, followers by what is on their disks. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type PopReport, readReport } from "../../src/sync/report.ts";
import { runPush } from "./syncclient.ts";
import { type Figure, hundredth, percentile, spreadOf, tenth } from "./syncfigures.ts";
import { Followers } from "./syncfollowers.ts";
import { monotonic } from "./syncfollowing.ts";
import { type SyncPop, startPops } from "./syncpop.ts";
import { BenchPublisher } from "./syncpublisher.ts";
import type { Central } from "./syncstore.ts";
import type { Workplace } from "./workplace.ts";

const POPS = 3;
const ZONE = "push.example.";
/** Hosts that make 2 KB of canonical text. */
const HOSTS = 50;
const PATIENCE_MS = 20_000;
const ASKING = { every: 2, most: PATIENCE_MS };
/** Between two pushes, by chance: they meet timers at any point. */
const REST_MS = { least: 40, most: 120 };
const WANTED = { p50: 50, p99: 200 };
/** The first of all are not counted: compiled code is in its caches then. */
const WARM = 5;

export interface PushPlan {
  /** What the rows are called. */
  readonly part: string;
  readonly pushes: number;
  /** Of whole processes. */
  readonly commands: number;
  /** Beside the whole POPs. */
  readonly followers: number;
}

/** Milliseconds from just before the swap is asked for. */
interface Pushed {
  /** Until the store has said that it is done. */
  readonly swapped: number;
  /** Until each POP was answering with it, on all its threads. */
  readonly pops: readonly number[];
  readonly followers: readonly number[];
}

/** Measures pushes to this store. */
export async function measurePushes(place: Workplace, central: Central, plan: PushPlan): Promise<Figure[]> {
  const { part, pushes } = plan;
  const publisher = await BenchPublisher.open(central);
  await publisher.publish(await publisher.plan([{ zone: ZONE, text: zoneText(1) }]));
  const pops = await startPops(place, central, POPS);
  await Promise.all(pops.map((pop) => pop.untilReady(1, PATIENCE_MS)));
  // Before there are followers, which can't be asked for proof.
  const commands = await measureCommands(place, central, plan, pops);
  const followers = plan.followers > 0 ? await Followers.start(place, central, plan.followers) : undefined;
  const first = 2 + plan.commands;
  await followers?.until(ZONE, first - 1, PATIENCE_MS);
  const seen: Pushed[] = [];
  for (let serial = first; serial < first + WARM + pushes; serial++) {
    await wait(REST_MS.least + Math.random() * (REST_MS.most - REST_MS.least));
    const pushed = await push(publisher, pops, followers, serial);
    if (serial >= first + WARM) seen.push(pushed);
  }
  // Each POP has reported by then.
  await wait(500);
  const reports = (await publisher.store.reports()).map(({ octets }) => readReport(octets));
  await followers?.stop();
  await Promise.all(pops.map((pop) => pop.stop()));
  await publisher.close();
  return [...figuresOf(part, seen, plan.followers), ...stagesOf(part, reports), ...commands];
}

/** Serials are the manifests' ids, too: each push is one of both. */
async function push(
  publisher: BenchPublisher,
  pops: readonly SyncPop[],
  followers: Followers | undefined,
  serial: number,
): Promise<Pushed> {
  const publications = await publisher.plan([{ zone: ZONE, text: zoneText(serial) }]);
  const since = performance.now();
  const sinceShared = monotonic();
  const answered = pops.map(async ({ asker }) => (await asker.until(ZONE, serial, ASKING)) - since);
  const kept = followers?.until(ZONE, serial, PATIENCE_MS) ?? [];
  const published = publisher.publish(publications).then(() => performance.now() - since);
  const [swapped, times, ...each] = await Promise.all([published, kept, ...answered]);
  return { swapped, pops: each, followers: times.map((at) => at - sinceShared) };
}

function figuresOf(part: string, seen: readonly Pushed[], followers: number): Figure[] {
  const answered = seen.map(({ pops }) => Math.max(...pops));
  const kept = seen.map(({ followers: times }) => Math.max(...times));
  const all = seen.map((one) => Math.max(...one.pops, ...one.followers));
  const figure = (title: string, values: readonly number[]) => ({ part, title, values: spreadOf(values), unit: "ms" });
  const title = `2 KB, ${seen.length} pushes, until`;
  return [
    { ...figure(`${title} all ${POPS + followers} have it`, all), below: WANTED },
    figure(`  ${POPS} POPs answer on UDP, every thread`, answered),
    ...(followers > 0 ? [figure(`  ${followers} followers have it on disk`, kept)] : []),
    figure(
      "  the store has taken the swap",
      seen.map(({ swapped }) => swapped),
    ),
  ];
}

/** What the whole POPs say of their last pushes: medians, counted from when the manifest came. */
function stagesOf(part: string, reports: readonly (PopReport | undefined)[]): Figure[] {
  const recent = reports.flatMap((report) => (report?.pop.startsWith("pop") ? report.recent : []));
  const half = (values: readonly number[]) => tenth(percentile(values, 50));
  const values = {
    fetched: half(recent.map(({ fetchedMs }) => fetchedMs)),
    compiled: half(recent.map(({ compiledMs }) => compiledMs)),
    serving: half(recent.map(({ servingMs }) => servingMs)),
  };
  return [{ part, title: "  at a POP, medians since the manifest came", values, unit: "ms" }];
}

/** zonecast push --wait as a process, and what it says of the fleet. */
async function measureCommands(
  place: Workplace,
  central: Central,
  { part, commands }: PushPlan,
  pops: readonly SyncPop[],
): Promise<Figure[]> {
  const file = join(place.folder(), "push.example.zone");
  const cache = place.folder();
  const took: number[] = [];
  const proven: number[] = [];
  for (let serial = 2; serial < 2 + commands; serial++) {
    writeFileSync(file, zoneText(serial));
    const { milliseconds, spread } = await runPush(place, central, { file, cache });
    took.push(milliseconds);
    proven.push(spread?.max ?? Number.NaN);
  }
  await Promise.all(pops.map(({ asker }) => asker.until(ZONE, 1 + commands, ASKING)));
  const values = { p50: hundredth(percentile(took, 50) / 1000), max: hundredth(Math.max(...took) / 1000) };
  return [
    { part, title: `zonecast push --wait, ${POPS} POPs, ${commands} processes, each`, values, unit: "s" },
    { part, title: "  of it from the swap to the last proof", values: spreadOf(proven), unit: "ms" },
  ];
}

/** One address is another in each version. */
function zoneText(serial: number): string {
  const lines = [
    `$ORIGIN ${ZONE}\n$TTL 3600\n@ SOA ns hostmaster ${serial} 7200 900 1209600 300\n@ NS ns\nns A 192.0.2.53\n`,
  ];
  for (let i = 0; i < HOSTS; i++) lines.push(`h${i} A 10.0.${i === 0 ? serial & 255 : 0}.${i}\n`);
  return lines.join("");
}
