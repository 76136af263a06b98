/**
 * What a day's summary says, in the form of RSSAC002 (version 4): traffic-volume, traffic-sizes and rcode-volume. Not
 * load-time and zone-size, which are of one zone, the root; not unique-sources, for which every address that asks would
 * have to be remembered: catchment samples prefixes instead.
 */

import { Count, QUERIES, RCODES, SIZE_CLASS, SIZES, Way } from "../../answer/counters.ts";

export const METRICS = ["traffic-volume", "traffic-sizes", "rcode-volume"] as const;

/** The numbers of each metric, by the names that they have in its file. */
export type Volumes = Readonly<Record<(typeof METRICS)[number], Readonly<Record<string, number>>>>;

const WAYS = [
  { way: Way.UDP4, transport: "udp", family: "ipv4" },
  { way: Way.UDP6, transport: "udp", family: "ipv6" },
  { way: Way.TCP4, transport: "tcp", family: "ipv4" },
  { way: Way.TCP6, transport: "tcp", family: "ipv6" },
  // RSSAC002 knows of nothing else: TLS is over TCP.
  { way: Way.TLS4, transport: "tcp", family: "ipv4" },
  { way: Way.TLS6, transport: "tcp", family: "ipv6" },
] as const;

/** What all threads together have counted since the start. */
export function volumesOf(sums: Float64Array): Volumes {
  const traffic: Record<string, number> = {};
  const rcodes: Record<string, number> = {};
  for (const { way, transport, family } of WAYS) {
    count(traffic, `dns-${transport}-queries-received-${family}`, sums[QUERIES[way]]);
    const row = sums.subarray(Count.RCODE + way * RCODES, Count.RCODE + (way + 1) * RCODES);
    const responses = row.reduce((sum, replies) => sum + replies, 0);
    count(traffic, `dns-${transport}-responses-sent-${family}`, responses);
    row.forEach((replies, rcode) => {
      // Above the last that is counted there is none that we send.
      if (replies > 0 && rcode < RCODES - 1) count(rcodes, String(rcode), replies);
    });
  }
  return { "traffic-volume": traffic, "traffic-sizes": sizesOf(sums), "rcode-volume": rcodes };
}

/** In the order of the rows that are counted. */
const SIZE_ROWS = ["udp-request-sizes", "udp-response-sizes", "tcp-request-sizes", "tcp-response-sizes"] as const;

/** By row and class, as "udp-request-sizes 16-31"; classes that nothing was in are absent. */
function sizesOf(sums: Float64Array): Record<string, number> {
  const sizes: Record<string, number> = {};
  SIZE_ROWS.forEach((row, i) => {
    const from = Count.SIZE + i * SIZES;
    sums.subarray(from, from + SIZES).forEach((count, size) => {
      const least = size * SIZE_CLASS;
      if (count > 0) sizes[`${row} ${least}-${size < SIZES - 1 ? least + SIZE_CLASS - 1 : ""}`] = count;
    });
  });
  return sizes;
}

function count(numbers: Record<string, number>, name: string, more: number): void {
  numbers[name] = (numbers[name] ?? 0) + more;
}

/** Each number of the first, and `factor` times that of the second. */
export function added(a: Volumes, b: Volumes, factor = 1): Volumes {
  const sum = (metric: keyof Volumes) => {
    const numbers: Record<string, number> = { ...a[metric] };
    for (const [name, count] of Object.entries(b[metric])) numbers[name] = (numbers[name] ?? 0) + factor * count;
    return numbers;
  };
  return {
    "traffic-volume": sum("traffic-volume"),
    "traffic-sizes": sum("traffic-sizes"),
    "rcode-volume": sum("rcode-volume"),
  };
}

export const NOTHING: Volumes = { "traffic-volume": {}, "traffic-sizes": {}, "rcode-volume": {} };

/** The name of a metric's file: SERVICE-YYYYMMDD-METRIC.yaml. `day` is YYYY-MM-DD. */
export function fileName(service: string, day: string, metric: string): string {
  // A POP's name may have anything in it; a file's name may not.
  return `${service.replaceAll(/[^\w.-]/g, "_")}-${day.replaceAll("-", "")}-${metric}.yaml`;
}

/** A metric's file. */
export function fileText(service: string, day: string, metric: keyof Volumes, volumes: Volumes): string {
  const numbers = metric === "traffic-sizes" ? sizeLines(volumes[metric]) : flatLines(volumes[metric]);
  const head = ["---", "version: rssac002v4", `service: ${JSON.stringify(service)}`, `start-period: ${day}T00:00:00Z`];
  return [...head, `metric: ${metric}`, ...numbers, ""].join("\n");
}

function flatLines(numbers: Readonly<Record<string, number>>): string[] {
  return Object.entries(numbers).map(([name, count]) => `${name}: ${count}`);
}

/** Each row with its classes below it, the smallest first. */
function sizeLines(numbers: Readonly<Record<string, number>>): string[] {
  const classes = Object.entries(numbers).map(([name, count]) => ({
    name,
    count,
    least: Number.parseInt(name.split(" ")[1], 10),
  }));
  classes.sort((a, b) => a.least - b.least);
  return SIZE_ROWS.flatMap((row) => {
    const own = classes.filter(({ name }) => name.startsWith(row));
    if (own.length === 0) return [`${row}: {}`];
    return [`${row}:`, ...own.map(({ name, count }) => `  ${name.slice(row.length + 1)}: ${count}`)];
  });
}

/** The numbers in a metric's file, from an earlier run on the same day. */
export function numbersIn(text: string): Record<string, number> {
  const numbers: Record<string, number> = {};
  let row = "";
  for (const line of text.split("\n")) {
    const [, begun] = /^([a-z]+-[a-z]+-sizes):/.exec(line) ?? [];
    if (begun !== undefined) row = begun;
    const [, size, octets] = /^ {2}(\d+-\d*): (\d+)$/.exec(line) ?? [];
    if (size !== undefined) numbers[`${row} ${size}`] = Number(octets);
    const [, name, count] = /^(\d+|dns-[a-z0-9-]+): (\d+)$/.exec(line) ?? [];
    if (name !== undefined) numbers[name] = Number(count);
  }
  return numbers;
}
