/** What a soak has found, as text and as charts, and whether that is well. */

import type { Sample, Usage } from "./samples.ts";
import { Tally } from "./shared.ts";
import type { Soak } from "./soak.ts";
import { type Chart, svgOf } from "./svg.ts";
import { type Growth, growthOf, type Limit } from "./verdict.ts";

/**
 * RSS moves by tens of MB with the garbage of compiled zones; descriptors by the connections of the moment. What leaks, leaks
 * with each reload, push or connection: in ten minutes that is more than this.
 */
const LIMITS: readonly (Limit & { readonly of: keyof Usage })[] = [
  { of: "rss", name: "RSS", unit: "MB", perHour: 60, noise: 12 },
  { of: "heap", name: "heap", unit: "MB", perHour: 30, noise: 8 },
  { of: "descriptors", name: "descriptors", unit: "", perHour: 20, noise: 8 },
  { of: "threads", name: "threads", unit: "", perHour: 6, noise: 2 },
];
const SERVERS = ["files", "store"] as const;

export interface Report {
  readonly text: string;
  readonly svg: string;
  /** What is not well; empty when all is. */
  readonly faults: readonly string[];
}

export function reportOf(soak: Soak): Report {
  const growths = SERVERS.flatMap((server) =>
    LIMITS.map((limit) => ({ server, ...growthOf(limit, pointsOf(soak.samples, server, limit.of)) })),
  );
  const faults = [...faultsOf(soak), ...growths.filter(({ bad }) => bad).map(toldGrowth)];
  const text = [
    ...counted(soak),
    "",
    row(["", "first", "median", "last", "slope an hour"]),
    ...growths.map((growth) => grownRow(growth, soak.samples)),
    "",
    faults.length === 0 ? "All is well: nothing lost, nothing wrong, nothing grows." : faults.join("\n"),
    "",
  ].join("\n");
  return { text, svg: svgOf(titleOf(soak), chartsOf(soak.samples)), faults };
}

function titleOf({ rate, samples, reloads, pushes }: Soak): string {
  return `${Math.round(samples.at(-1)?.at ?? 0)} s at ${rate} queries a second, ${reloads} reloads, ${pushes} pushes`;
}

function counted(soak: Soak): string[] {
  const { tallies, dropped, capacity } = soak;
  const lost = tallies[Tally.LOST];
  return [
    titleOf(soak),
    ...(capacity === undefined
      ? []
      : [`capacity    ${Math.round(capacity)} queries a second, as many as are answered`]),
    `sent        ${tallies[Tally.SENT]}`,
    `answered    ${tallies[Tally.ANSWERED]}`,
    `lost        ${lost}, of which the kernel had no room for ${Math.min(lost, dropped)}, and ${tallies[Tally.LATE]} were answered after seconds`,
    `wrong       ${tallies[Tally.WRONG]} answers that are none, ${tallies[Tally.OTHER_VERSION]} from a version that was not current`,
    `left out    ${tallies[Tally.SKIPPED]} that were due when the asking side was held up`,
  ];
}

function faultsOf({ tallies, dropped, codes, complaints }: Soak): string[] {
  const faults: string[] = [];
  const ours = tallies[Tally.LOST] - tallies[Tally.LATE] - dropped;
  if (ours > 0) faults.push(`LOST: ${ours} queries got no answer, and the kernel had room for them`);
  if (tallies[Tally.WRONG] > 0) faults.push(`WRONG: ${tallies[Tally.WRONG]} answers`);
  if (tallies[Tally.OTHER_VERSION] > 0)
    faults.push(`OLD: ${tallies[Tally.OTHER_VERSION]} answers from another version`);
  if (codes.some((code) => code !== 0)) faults.push(`EXIT: the servers ended with ${codes.join(" and ")}`);
  return [...faults, ...complaints.map((complaint) => `LOG: ${complaint}`)];
}

function toldGrowth({ server, name, grown, unit, slope }: Growth & { readonly server: string }): string {
  return `GROWS: ${name} of ${server} by ${grown.toFixed(1)} ${unit}, ${slope.toFixed(0)} an hour`;
}

function grownRow(
  { server, name, unit, slope, bad }: Growth & { readonly server: "files" | "store" },
  samples: readonly Sample[],
): string {
  const of = LIMITS.find((limit) => limit.name === name)?.of ?? "rss";
  const values = pointsOf(samples, server, of).map(({ value }) => value);
  const median = [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const show = (value: number | undefined) => (value ?? 0).toFixed(unit === "" ? 0 : 1);
  const words = [show(values[0]), show(median), show(values.at(-1)), `${slope.toFixed(1)}${bad ? "  GROWS" : ""}`];
  return row([`${server} ${name}${unit === "" ? "" : `, ${unit}`}`, ...words]);
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(14))).join("");
}

function pointsOf(samples: readonly Sample[], server: "files" | "store", of: keyof Usage) {
  return samples.flatMap((sample) => {
    const value = sample[server][of];
    return value === undefined ? [] : [{ at: sample.at, value }];
  });
}

function chartsOf(samples: readonly Sample[]): Chart[] {
  const both = (of: keyof Usage) => SERVERS.map((name) => ({ name, points: pointsOf(samples, name, of) }));
  const one = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => ({ at: sample.at, value: of(sample) })),
  });
  return [
    { title: "Resident memory", unit: "MB", lines: both("rss") },
    { title: "Heap of the main thread", unit: "MB", lines: both("heap") },
    { title: "Descriptors", unit: "open", lines: both("descriptors") },
    { title: "Threads", unit: "of the process", lines: both("threads") },
    { title: "Answers", unit: "a second", lines: [one("both servers", ({ qps }) => qps)] },
    { title: "Lost until then", unit: "queries", lines: [one("both servers", ({ lost }) => lost)] },
    {
      title: "Done until then",
      unit: "changes",
      lines: [one("reloads", ({ reloads }) => reloads), one("pushes", ({ pushes }) => pushes)],
    },
  ];
}
