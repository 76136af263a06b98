/** A zone of a million names pushed to POPs that answer queries meanwhile; then one record of it. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Generator, Load } from "./generator.ts";
import { RATE } from "./generator.ts";
import { type Asked, HIT, writeQueries } from "./queryfile.ts";
import { runPush } from "./syncclient.ts";
import { type Figure, hundredth, percentile, tenth } from "./syncfigures.ts";
import type { Traffic } from "./syncnats.ts";
import { type SyncPop, startPops } from "./syncpop.ts";
import { BenchPublisher } from "./syncpublisher.ts";
import { type Central, natsStore } from "./syncstore.ts";
import { median } from "./table.ts";
import type { Workplace } from "./workplace.ts";
import { flatZone, smallZone } from "./zonetext.ts";

const POPS = 3;
const LARGE = "large.example";
const SMALL = "small.example";
const PATIENCE_MS = 60_000;
/** Gently: the machine has better things to do. */
const ASKING = { every: 20, most: PATIENCE_MS };
/** Windows of load one after the other, in seconds: the worst counts. A longer one would hide a bad moment. */
const WINDOW = 3;
/** Load before the push begins. */
const BEFORE_MS = 500;
/** Time for the blobs and images that are written behind, and the reports. */
const SETTLE_MS = 3000;
const QUERIES = 200_000;
const WANTED = { whole: 20, change: 5, p99: 10, wire: 1 };
const PART = "million";

interface Pushed {
  /** Seconds from the start of zonecast push: until each POP was answering, until it ended. */
  readonly answered: number;
  readonly ended: number;
  /** From the first request to the store that changes something to the last proof, as it says itself. */
  readonly proven: number;
  /** MB of the publisher, and the most that a POP has. */
  readonly published: number;
  readonly followed: number;
  readonly loads: readonly Load[];
}

interface Fleet {
  readonly place: Workplace;
  readonly central: Central;
  readonly pops: readonly SyncPop[];
  readonly generator: Generator | undefined;
  readonly file: string;
  readonly cache: string;
}

/** Measures a zone of so many names, and so many changes of one record each. */
export async function measureMillion(
  place: Workplace,
  generator: Generator | undefined,
  names: number,
  changes: number,
): Promise<Figure[]> {
  const central = await natsStore(place);
  const publisher = await BenchPublisher.open(central);
  await publisher.publish(await publisher.plan([{ zone: `${SMALL}.`, text: `$ORIGIN ${SMALL}.\n${smallZone()}` }]));
  await publisher.close();
  const pops = await startPops(place, central, POPS);
  await Promise.all(pops.map((pop) => pop.untilReady(1, PATIENCE_MS)));
  const folder = place.folder();
  const fleet = { place, central, pops, generator, file: join(folder, `${LARGE}.zone`), cache: place.folder() };
  const text = flatZone(names);
  const whole = await push(fleet, text, 1, queryFile(join(folder, "small"), SMALL, 64));
  const large = queryFile(join(folder, "large"), LARGE, names);
  const seen: Pushed[] = [];
  for (let change = 0; change < changes; change++) seen.push(await push(fleet, text, 2 + change, large));
  await Promise.all(pops.map((pop) => pop.stop()));
  const title = `${names} names, ${POPS} POPs`;
  return [
    ...figures(`${title}, pushed whole`, [whole], { max: WANTED.whole }, {}),
    ...figures("one record changed", seen, { max: WANTED.change }, { publisher: WANTED.wire, POP: WANTED.wire }),
  ];
}

/** Writes the version and pushes it, under load. */
async function push(fleet: Fleet, text: string, serial: number, queries: string): Promise<Pushed> {
  const { place, central, pops, file, cache } = fleet;
  writeFileSync(file, `${text.replace("hostmaster 1 ", `hostmaster ${serial} `)}version A 192.0.2.${serial}\n`);
  await wait(SETTLE_MS);
  const before = (await central.nats?.traffic()) ?? new Map();
  const load = loading(fleet, queries);
  await wait(BEFORE_MS);
  const since = performance.now();
  const ran = runPush(place, central, { file, cache });
  const each = pops.map(({ asker }) => asker.until(`${LARGE}.`, serial, ASKING));
  const [{ milliseconds, spread }, ...at] = await Promise.all([ran, ...each]).finally(() => load.end());
  const loads = await load.ended;
  await wait(BEFORE_MS);
  const after = (await central.nats?.traffic()) ?? new Map();
  return {
    answered: (Math.max(...at) - since) / 1000,
    ended: milliseconds / 1000,
    proven: (spread?.max ?? Number.NaN) / 1000,
    published: megabytes(before, after, "zonecast"),
    followed: Math.max(...pops.map(({ name }) => megabytes(before, after, `zonecast POP ${name}`))),
    loads,
  };
}

/** Load on one POP, a window after the other, until it is ended and the last window is over. */
function loading(
  { generator, pops }: Fleet,
  queries: string,
): { end(): void; readonly ended: Promise<readonly Load[]> } {
  let open = true;
  const run = async () => {
    const loads: Load[] = [];
    while (open && generator !== undefined) {
      loads.push(await generator.load("steady", queries, pops[0].port, WINDOW, { gentle: true }));
    }
    return loads;
  };
  const ended = run();
  // Whoever is broken off does not wait for it.
  ended.catch(() => {});
  return {
    ended,
    end: () => {
      open = false;
    },
  };
}

function megabytes(before: Traffic, after: Traffic, name: string): number {
  const octets = (traffic: Traffic) => {
    const { sent, received } = traffic.get(name) ?? { sent: 0, received: 0 };
    return sent + received;
  };
  return (octets(after) - octets(before)) / 1e6;
}

function figures(
  title: string,
  all: readonly Pushed[],
  below: Readonly<Record<string, number>>,
  wire: Readonly<Record<string, number>>,
): Figure[] {
  const most = (value: (pushed: Pushed) => number) => Math.max(...all.map(value));
  const times = {
    p50: hundredth(
      percentile(
        all.map((one) => one.answered),
        50,
      ),
    ),
    max: hundredth(most((one) => one.answered)),
  };
  const parts = {
    checked: hundredth(
      percentile(
        all.map((one) => one.ended - one.proven),
        50,
      ),
    ),
    proven: hundredth(
      percentile(
        all.map((one) => one.proven),
        50,
      ),
    ),
  };
  const octets = { publisher: hundredth(most((one) => one.published)), POP: hundredth(most((one) => one.followed)) };
  const loads = all.flatMap((one) => one.loads);
  return [
    { part: PART, title: `${title}: from the push's start until all POPs answer`, values: times, unit: "s", below },
    {
      part: PART,
      title: "  zonecast push: before it publishes, and from then to the last proof",
      values: parts,
      unit: "s",
    },
    { part: PART, title: "  on the wire, the most", values: octets, unit: "MB", below: wire },
    ...(loads.length > 0 ? [latencies(loads)] : []),
  ];
}

function latencies(loads: readonly Load[]): Figure {
  const worst = (value: (load: Load) => number) => Math.max(...loads.map(value));
  const sum = (value: (load: Load) => number) => loads.reduce((total, load) => total + value(load), 0);
  return {
    part: PART,
    title: `  ${RATE} queries a second at one POP, the worst of ${loads.length} windows of ${WINDOW} s`,
    values: {
      p50: hundredth(worst(({ p50_us }) => p50_us / 1000)),
      p99: hundredth(worst(({ p99_us }) => p99_us / 1000)),
      "usual p99": hundredth(median(loads.map(({ p99_us }) => p99_us / 1000))),
      max: tenth(worst(({ max_us }) => max_us / 1000)),
      lost: sum(({ lost }) => lost),
      wrong: sum(({ wrong }) => wrong),
    },
    unit: "ms",
    below: { p99: WANTED.p99, lost: 1, wrong: 1 },
  };
}

/** Hits all over a zone of h0, h1, … */
function queryFile(path: string, zone: string, hosts: number): string {
  const queries = Array.from({ length: QUERIES }, (_, i): Asked => {
    return { name: `h${(i * 7919) % hosts}.${zone}`, type: "A", expect: HIT };
  });
  writeQueries(path, queries);
  return path;
}
