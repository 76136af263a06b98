/** The rows of the comparison as one table in markdown, with what must be known to read it. */

import { contenders } from "./contenders.ts";
import type { Row } from "./rows.ts";
import { markdown } from "./table.ts";
import { workload } from "./workloads.ts";
import { zoneSet } from "./zones.ts";

/** Below it, it was not the server that set the pace. */
const BUSY = 0.95;
/** Of the two cores. */
const OTHERS = 0.05;

const HEAD = [
  "workload",
  "server",
  "CPU µs (least–most)",
  "user",
  "system",
  "of NSD's",
  "queries/s (least–most)",
  "of its core",
  "lost",
  "wrong",
  "octets",
  "p50 µs",
  "p99 µs",
  "RSS MB",
  "PSS MB",
  "load s",
  "restart s",
];

const LEGEND = [
  "CPU µs: CPU time of the server for each answer, from user and system time; of NSD's: the same in the same round.",
  "p50, p99: at 20,000 queries a second. octets: mean length of the replies. lost, wrong: in all rounds.",
  "load: seconds from the start to the first answer, on one core; restart: the same once more, with what it kept on disk.",
];

/** The table and its legend. */
export function throughputTable(rows: readonly Row[], leftOut: readonly string[]): string {
  const disturbed = rows.filter((row) => row.others > OTHERS).length;
  const idle = rows
    .filter((row) => row.busy < BUSY && row.others <= OTHERS)
    .map((row) => `${row.contender} (${row.workload})`);
  const notes = [
    ...LEGEND,
    ...(idle.length > 0 ? [`Not at the server's limit, go by CPU µs: ${idle.join(", ")}.`] : []),
    ...(disturbed > 0
      ? [`Other programs were busy on these cores in ${disturbed} of ${rows.length} rows: run it alone.`]
      : []),
    ...leftOut,
  ];
  return `\n${markdown([HEAD, ...rows.map(cells)])}\n${notes.map((note) => `- ${note}\n`).join("")}`;
}

function cells(row: Row): string[] {
  const { cpu_us: cpu, qps } = row.spread;
  return [
    workloadTitle(row.workload),
    contenders("").find((one) => one.key === row.contender)?.title ?? row.contender,
    `${row.cpu_us.toFixed(2)} (${cpu.map((value) => value.toFixed(2)).join("–")})`,
    row.user_us.toFixed(2),
    row.sys_us.toFixed(2),
    row.cpu_of_nsd === null ? "–" : `${row.cpu_of_nsd.toFixed(2)}×`,
    `${row.qps} (${qps.join("–")})`,
    `${Math.round(row.busy * 100)} %`,
    String(row.lost),
    String(row.wrong),
    row.reply_octets.toFixed(0),
    row.p50_us?.toFixed(0) ?? "–",
    row.p99_us?.toFixed(0) ?? "–",
    String(row.rss_mb),
    String(row.pss_mb),
    row.load_s.toFixed(2),
    row.restart_s.toFixed(2),
  ];
}

function workloadTitle(key: string): string {
  const { title, transport, zones } = workload(key);
  return `${zoneSet(zones).title}: ${transport === "udp" ? "" : "TCP, "}${title}`;
}
