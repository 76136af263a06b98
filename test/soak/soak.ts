/** A soak: queries at a steady rate, reloads and pushes all along, and a sample each second. */

import { setTimeout as sleep } from "node:timers/promises";
import { ASKERS, ask } from "./asker.ts";
import { makePlace, type Place } from "./place.ts";
import { kernelDrops, type Sample, sampling } from "./samples.ts";
import { Control, type SharedMemory, sharedMemory, type Tallies, Tally, totals, Versions } from "./shared.ts";

/** Zones of each server. */
const ZONES = 5;
const WARM_MS = 2000;
/** What was asked to find the capacity has come to its end by then, and is not what is judged. */
const SETTLE_MS = 4000;
const PROGRESS_MS = 60_000;
const MEASURE_MS = 5000;

export interface Plan {
  readonly seconds: number;
  /** Queries a second over UDP; undefined is half of what the servers can do. */
  readonly rate: number | undefined;
  readonly reloads: number;
  readonly pushes: number;
  /** In each zone. */
  readonly hosts: number;
  readonly tell: (text: string) => void;
}

export interface Soak {
  /** Queries a second that were answered when as many were sent as were; undefined when that was not measured. */
  readonly capacity: number | undefined;
  readonly rate: number;
  readonly samples: readonly Sample[];
  readonly tallies: Tallies;
  /** Datagrams that the kernel had no room for in the servers' queues. */
  readonly dropped: number;
  readonly reloads: number;
  readonly pushes: number;
  readonly complaints: readonly string[];
  readonly codes: readonly (number | null)[];
}

export async function soak({ seconds, rate, reloads, pushes, hosts, tell }: Plan): Promise<Soak> {
  const place = await makePlace(ZONES, hosts);
  const memory = sharedMemory(ZONES * 2, ASKERS);
  const control = new Control(memory);
  const versions = new Versions(memory);
  for (let zone = 0; zone < ZONES * 2; zone++) {
    versions.begin(zone, 1);
    versions.confirm(zone, 1);
  }
  const servers = [place.files, place.store];
  control.rate = rate ?? 0;
  const targets = servers.map(({ port, zones }) => ({ port, zones }));
  const asking = ask(targets, memory);
  const capacity = rate === undefined ? await capacityOf(memory) : undefined;
  const chosen = rate ?? Math.round((capacity ?? 0) / 2);
  control.rate = chosen;
  tell(
    capacity === undefined
      ? `${chosen} queries a second`
      : `capacity ${Math.round(capacity)} queries a second; asking ${chosen}`,
  );
  await sleep(SETTLE_MS);
  const [base, droppedBase] = [Float64Array.from(totals(memory)), kernelDrops(servers)];
  const done = { reloads: 0, pushes: 0 };
  const sampler = sampling(place, memory, () => ({ ...done }));
  const minutes = setInterval(() => tell(progress(sampler.samples.at(-1))), PROGRESS_MS);
  await changes({ seconds, reloads, pushes }, place, versions, done);
  clearInterval(minutes);
  await sampler.stop();
  control.stop();
  await asking;
  const dropped = kernelDrops(servers) - droppedBase;
  const codes = await place.stop();
  const tallies = totals(memory).map((count, i) => count - base[i]);
  return {
    capacity,
    rate: chosen,
    samples: sampler.samples,
    tallies,
    dropped,
    ...done,
    complaints: place.complaints(),
    codes,
  };
}

function progress(last: Sample | undefined): string {
  if (last === undefined) return "no sample yet";
  const { at, qps, lost, reloads, pushes, files, store } = last;
  const memory = `${Math.round(files.rss)} and ${Math.round(store.rss)} MB`;
  return `${Math.round(at)} s: ${Math.round(qps)} answers a second, ${lost} lost; ${reloads} reloads, ${pushes} pushes; ${memory}`;
}

/** As many as are answered. */
async function capacityOf(memory: SharedMemory): Promise<number> {
  await sleep(WARM_MS);
  const before = { at: performance.now(), answered: totals(memory)[Tally.ANSWERED] };
  await sleep(MEASURE_MS);
  return ((totals(memory)[Tally.ANSWERED] - before.answered) * 1000) / (performance.now() - before.at);
}

type Changes = Pick<Plan, "seconds" | "reloads" | "pushes">;

/** Reloads and pushes, evenly over the time, each zone in its turn; lasts at least the time. */
async function changes(
  { seconds, reloads, pushes }: Changes,
  place: Place,
  versions: Versions,
  done: { reloads: number; pushes: number },
): Promise<void> {
  const started = performance.now();
  const evenly = async (count: number, change: (i: number) => Promise<void>) => {
    for (let i = 0; i < count; i++) {
      await sleep(Math.max(0, started + ((i + 0.5) * seconds * 1000) / count - performance.now()));
      await change(i);
    }
  };
  const turn = async (zone: number, version: number, change: Promise<void>) => {
    await change;
    versions.confirm(zone, version);
  };
  await Promise.all([
    evenly(reloads, async (i) => {
      const [zone, version] = [i % ZONES, 2 + Math.floor(i / ZONES)];
      versions.begin(zone, version);
      await turn(zone, version, place.reload(zone, version));
      done.reloads++;
    }),
    evenly(pushes, async (i) => {
      const [zone, version] = [ZONES + (i % ZONES), 2 + Math.floor(i / ZONES)];
      versions.begin(zone, version);
      await turn(zone, version, place.push(zone, version));
      done.pushes++;
    }),
    sleep(seconds * 1000),
  ]);
}
