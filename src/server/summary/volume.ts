/**
 * What a day's summary says, in the form of RSSAC002 (version 4): traffic-volume and rcode-volume, which are what we
 * count. Not load-time and zone-size, which are of one zone, the root; not unique-sources and traffic-sizes, which
 * nothing here counts.
 */

import { Count, RCODES, Way } from "../../answer/counters.ts";

export const METRICS = ["traffic-volume", "rcode-volume"] as const;

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
    count(traffic, `dns-${transport}-queries-received-${family}`, sums[Count.UDP4 + way]);
    const row = sums.subarray(Count.RCODE + way * RCODES, Count.RCODE + (way + 1) * RCODES);
    const responses = row.reduce((sum, replies) => sum + replies, 0);
    count(traffic, `dns-${transport}-responses-sent-${family}`, responses);
    row.forEach((replies, rcode) => {
      // Above the last that is counted there is none that we send.
      if (replies > 0 && rcode < RCODES - 1) count(rcodes, String(rcode), replies);
    });
  }
  return { "traffic-volume": traffic, "rcode-volume": rcodes };
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
  return { "traffic-volume": sum("traffic-volume"), "rcode-volume": sum("rcode-volume") };
}

export const NOTHING: Volumes = { "traffic-volume": {}, "rcode-volume": {} };

/** The name of a metric's file: SERVICE-YYYYMMDD-METRIC.yaml. `day` is YYYY-MM-DD. */
export function fileName(service: string, day: string, metric: string): string {
  // A POP's name may have anything in it; a file's name may not.
  return `${service.replaceAll(/[^\w.-]/g, "_")}-${day.replaceAll("-", "")}-${metric}.yaml`;
}

/** A metric's file. */
export function fileText(service: string, day: string, metric: keyof Volumes, volumes: Volumes): string {
  const numbers = Object.entries(volumes[metric]).map(([name, count]) => `${name}: ${count}`);
  const head = ["---", "version: rssac002v4", `service: ${JSON.stringify(service)}`, `start-period: ${day}T00:00:00Z`];
  return [...head, `metric: ${metric}`, ...numbers, ""].join("\n");
}

/** The numbers in a metric's file, from an earlier run on the same day. */
export function numbersIn(text: string): Record<string, number> {
  const found = text.matchAll(/^(\d+|dns-[a-z0-9-]+): (\d+)$/gm);
  return Object.fromEntries([...found].map(([, name, count]) => [name, Number(count)]));
}
