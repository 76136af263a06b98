/** What was measured in all rounds, as rows: medians with their spread, for the table and as data. */

import type { Measured } from "./measure.ts";
import { median } from "./table.ts";
import { zoneSet } from "./zones.ts";

type Range = readonly [least: number, most: number];

/** One server under one workload; medians of the rounds. */
export interface Row {
  readonly contender: string;
  /** The program; ours is in the table once for each of its transports. */
  readonly server: string;
  readonly transport: "batch" | "dgram" | "udp" | "tcp";
  readonly workload: string;
  readonly zones: string;
  readonly qps: number;
  /** CPU time for each answer, and its parts in the median round. */
  readonly cpu_us: number;
  readonly user_us: number;
  readonly sys_us: number;
  /** Of its core, 0 to 1: below 0.95 it was not the server that set the pace. */
  readonly busy: number;
  /** The part of the cores that other programs used: above 0.05 nothing here is to be trusted. */
  readonly others: number;
  /** In all rounds, at full load and at 20,000 queries a second. */
  readonly lost: number;
  readonly wrong: number;
  readonly reply_octets: number;
  /** At 20,000 queries a second; null where that is not measured. */
  readonly p50_us: number | null;
  readonly p99_us: number | null;
  readonly p999_us: number | null;
  readonly rss_mb: number;
  readonly pss_mb: number;
  readonly load_s: number;
  readonly restart_s: number;
  readonly rounds: number;
  readonly spread: { readonly qps: Range; readonly cpu_us: Range };
  /** CPU for each answer against NSD's in the same round, the median of that; null without NSD. */
  readonly cpu_of_nsd: number | null;
}

/** Rows in the order in which they were first measured, workload by workload. */
export function rowsOf(measured: readonly Measured[]): Row[] {
  const workloads = [...new Set(measured.map((one) => one.workload))];
  return workloads.flatMap((workload) => {
    const of = measured.filter((one) => one.workload === workload);
    const nsd = of.filter((one) => one.contender.key === "nsd");
    return [...new Set(of.map((one) => one.contender.key))].map((key) =>
      rowOf(
        of.filter((one) => one.contender.key === key),
        nsd,
      ),
    );
  });
}

function rowOf(rounds: readonly Measured[], nsd: readonly Measured[]): Row {
  const [{ contender, workload }] = rounds;
  const middle = (value: (one: Measured) => number | undefined, digits: number) => {
    const values = rounds.map(value).filter((one) => one !== undefined);
    return values.length === 0 ? null : rounded(median(values), digits);
  };
  const qps = rounds.map((one) => one.flood.qps);
  const cpu = rounds.map(cpuOf);
  const typical = rounds.find((one) => cpuOf(one) === median(cpu)) ?? rounds[0];
  const total = (value: (one: Measured) => number) => rounds.reduce((sum, one) => sum + value(one), 0);
  return {
    contender: contender.key,
    server: contender.udp ? "zonecast" : contender.key,
    transport: workload.transport === "udp" ? (contender.udp ?? "udp") : "tcp",
    workload: workload.key,
    zones: zoneSet(workload.zones).key,
    qps: Math.round(median(qps)),
    cpu_us: rounded(median(cpu), 3),
    user_us: rounded(typical.user, 3),
    sys_us: rounded(typical.system, 3),
    busy: rounded(median(rounds.map((one) => one.busy)), 3),
    others: rounded(median(rounds.map((one) => one.others)), 3),
    lost: total((one) => one.flood.lost + (one.steady?.lost ?? 0)),
    wrong: total((one) => one.flood.wrong + (one.steady?.wrong ?? 0)),
    reply_octets: rounded(median(rounds.map((one) => one.flood.reply_octets)), 1),
    p50_us: middle((one) => one.steady?.p50_us, 1),
    p99_us: middle((one) => one.steady?.p99_us, 1),
    p999_us: middle((one) => one.steady?.p999_us, 1),
    rss_mb: median(rounds.map((one) => one.memory.rss)),
    pss_mb: median(rounds.map((one) => one.memory.pss)),
    load_s: rounded(median(rounds.map((one) => one.load)), 3),
    restart_s: rounded(median(rounds.map((one) => one.restart)), 3),
    rounds: rounds.length,
    spread: { qps: range(qps, 0), cpu_us: range(cpu, 3) },
    cpu_of_nsd: ofNsd(cpu, nsd.map(cpuOf)),
  };
}

function cpuOf(one: Measured): number {
  return one.user + one.system;
}

function ofNsd(cpu: readonly number[], nsd: readonly number[]): number | null {
  const ratios = cpu.slice(0, nsd.length).map((value, round) => value / nsd[round]);
  return ratios.length === 0 ? null : rounded(median(ratios), 3);
}

function range(values: readonly number[], digits: number): Range {
  return [rounded(Math.min(...values), digits), rounded(Math.max(...values), digits)];
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
