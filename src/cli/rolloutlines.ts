/** How a rollout stands: for people in lines, for programs as a document. */

import { newestOf, type Rollout } from "../sync/manifest/manifest.ts";
import { KINDS } from "../sync/rollout/judge.ts";
import type { Passage } from "../sync/rollout/ledger.ts";
import type { PopRow, Shares, ZoneState } from "../sync/rollout/state.ts";
import { waveToText } from "../sync/rollout/step.ts";
import { columns } from "./columns.ts";
import { formatMs } from "./duration.ts";

/** The JSON document. */
export function rolloutDocument({ manifest, rollout, pops, ledger }: ZoneState): object {
  const version = newestOf(manifest);
  const { zone, id, at, by, why } = manifest;
  return {
    ...{ zone, id, version: version?.version, serial: version?.serial, at, by, why },
    rollout: rollout ?? null,
    pops,
    ledger,
  };
}

/** Lines for people. `now`: milliseconds since 1970. */
export function rolloutLines(state: ZoneState, now: number): string[] {
  const { manifest, rollout, pops, ledger } = state;
  const { zone, at, by, why } = manifest;
  const version = newestOf(manifest);
  const last = `by ${by} at ${at}${why === undefined ? "" : `: ${why}`}`;
  if (version === undefined) return [`${zone} was removed ${last}`];
  const what = `${zone} version ${version.version} (serial ${version.serial})`;
  const head =
    rollout === undefined
      ? [`${what} goes to all POPs`, `last: ${manifest.action} ${last}`]
      : [
          `${what} is ${rollout.state}, at ${waveToText(rollout)}`,
          `last: ${manifest.action} ${last}`,
          ...waveLines(rollout),
        ];
  const rows =
    pops.length === 0 ? ["no POP has reported to this store"] : columns(pops.map((pop) => rowOf(pop, rollout, now)));
  return [...head, "", ...rows, ...(ledger[0] === undefined ? [] : ["", passageText(ledger[0])])];
}

function waveLines(rollout: Rollout): string[] {
  const rows = rollout.waves.map(({ to, bake }, i) => [
    i === rollout.wave ? "->" : "  ",
    `wave ${i + 1}`,
    to.join(", "),
    `watched for ${bake} s`,
    i <= rollout.wave ? `has version ${rollout.version}` : `has version ${rollout.from}`,
  ]);
  return columns(rows);
}

function rowOf(pop: PopRow, rollout: Rollout | undefined, now: number): string[] {
  return [
    pop.pop,
    rollout === undefined ? "" : pop.wave === undefined ? "no wave" : `wave ${pop.wave + 1}`,
    pop.state,
    pop.version === undefined ? "" : `version ${pop.version}`,
    sharesText(pop.now, pop.before),
    agoText(pop.reported, now),
    pop.why,
  ];
}

/** "412 queries: SERVFAIL 0.1 % (0 %), NXDOMAIN 3.2 % (3 %)": under this version, and before it. */
function sharesText(now: Shares | undefined, before: Shares | undefined): string {
  if (now === undefined) return "";
  const kinds = KINDS.filter((kind) => now[kind] > 0 || (before?.[kind] ?? 0) > 0).map(
    (kind) => `${kind.toUpperCase()} ${now[kind]} %${before === undefined ? "" : ` (${before[kind]} % before)`}`,
  );
  return `${now.queries === 1 ? "1 query" : `${now.queries} queries`}${kinds.length === 0 ? "" : `: ${kinds.join(", ")}`}`;
}

/** A POP's clock may be off: what it says is told as its own word. */
function agoText(reported: string, now: number): string {
  const seconds = Math.round((now - Date.parse(reported)) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? `reported ${seconds} s ago by its clock` : "its clock is ahead";
}

/** "version 6: proven, 3 of 3 POPs, p50 12 ms, p99 41 ms, 2026-11-01T10:00:00.000Z by alice@desk". */
function passageText({ version, outcome, proven, pops, spread, at, by }: Passage): string {
  const times = spread === undefined ? "" : `, p50 ${formatMs(spread.p50)}, p99 ${formatMs(spread.p99)}`;
  return `ledger: version ${version} ${outcome}, ${proven} of ${pops} POPs proven${times}, ${at} by ${by}`;
}
