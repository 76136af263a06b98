/** Runs drills, round after round, and makes the table and the rows of what they measured. */

import { writeFileSync } from "node:fs";
import type { Drill } from "./drills.ts";
import type { Lab } from "./lab.ts";
import { table } from "./map.ts";
import type { Measured } from "./measure.ts";
import { POPS } from "./topology.ts";

export interface Rehearsal {
  readonly drills: readonly Drill[];
  readonly rounds: number;
  readonly minutes: number;
  /** Nothing is repaired after the last drill. */
  readonly hasty: boolean;
  readonly tell: (text: string) => void;
}

/** A drill with the medians of its rounds. */
export interface Row {
  readonly drill: string;
  readonly route_gone_ms: number | null;
  readonly answered_ms: number | null;
  readonly lost: number;
  readonly transitions: number;
  readonly lost_all: number;
  readonly lost_back: number;
  readonly wrong: number;
  readonly announcers: number;
  readonly worst: { readonly route_gone_ms: number | null; readonly answered_ms: number | null; readonly lost: number };
  readonly rounds: number;
  /** What of the figures that were set was not reached by the medians. */
  readonly missed: string | null;
}

/** Runs all; the POPs take turns. */
export async function rehearse(lab: Lab, { drills, rounds, minutes, hasty, tell }: Rehearsal): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, drill] of drills.entries()) {
    const measured: Measured[] = [];
    const times = drill.once ? 1 : rounds;
    for (let round = 0; round < times; round++) {
      const pop = POPS[(i + round) % POPS.length].name;
      tell(`${drill.name} ${round + 1}/${times} (${pop}): ${drill.about}`);
      const last = hasty && i === drills.length - 1 && round === times - 1;
      measured.push(await drill.run({ lab, pop, minutes, last }));
    }
    rows.push(rowOf(drill, measured));
  }
  return rows;
}

function rowOf(drill: Drill, measured: readonly Measured[]): Row {
  const all = (of: (one: Measured) => number | undefined) => measured.map(of);
  const middle: Measured = {
    routeGone: median(all(({ routeGone }) => routeGone)),
    answered: median(all(({ answered }) => answered)),
    lost: median(all(({ lost }) => lost)) ?? 0,
    lostBack: median(all(({ lostBack }) => lostBack)) ?? 0,
    lostAll: median(all(({ lostAll }) => lostAll)) ?? 0,
    wrong: median(all(({ wrong }) => wrong)) ?? 0,
    transitions: median(all(({ transitions }) => transitions)) ?? 0,
    announcers: Math.min(...measured.map(({ announcers }) => announcers)),
  };
  return {
    drill: drill.name,
    route_gone_ms: rounded(middle.routeGone),
    answered_ms: rounded(middle.answered),
    lost: middle.lost,
    transitions: middle.transitions,
    lost_all: middle.lostAll,
    lost_back: middle.lostBack,
    wrong: middle.wrong,
    announcers: middle.announcers,
    worst: {
      route_gone_ms: rounded(worst(all(({ routeGone }) => routeGone))),
      answered_ms: rounded(worst(all(({ answered }) => answered))),
      lost: worst(all(({ lost }) => lost)) ?? 0,
    },
    rounds: measured.length,
    missed: drill.missed?.(middle) ?? null,
  };
}

/** What did not happen is later than everything. */
function sorted(values: readonly (number | undefined)[]): (number | undefined)[] {
  const last = Number.POSITIVE_INFINITY;
  return [...values].sort((a, b) => ((a ?? last) === (b ?? last) ? 0 : (a ?? last) - (b ?? last)));
}

function median(values: readonly (number | undefined)[]): number | undefined {
  return sorted(values)[Math.floor((values.length - 1) / 2)];
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  return sorted(values).at(-1);
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** The table for people. */
export function tableOf(rows: readonly Row[]): string {
  const text = (value: number | null) =>
    value === null ? "-" : value < 100 ? String(value) : String(Math.round(value));
  const head = ["drill", "route gone, ms", "worst", "answered, ms", "worst", "lost", "worst", "coming back", "of all"];
  const lines = rows.map((row) => [
    row.drill,
    text(row.route_gone_ms),
    text(row.worst.route_gone_ms),
    text(row.answered_ms),
    text(row.worst.answered_ms),
    text(row.lost),
    text(row.worst.lost),
    text(row.lost_back),
    text(row.lost_all),
    text(row.transitions),
    row.missed === null ? "" : `missed: ${row.missed}`,
  ]);
  return `${table([[...head, "transitions", ""], ...lines])}

Medians. Lost: queries without an answer in a second, of the client and address that lost most, at 100 a second each
(16 such streams: four clients, two addresses in each family); of all: of all streams together. Transitions: changes of
one route at the POP's transit, until all is as before. "-": it did not move.
`;
}

/** Writes the rows as JSON. */
export function writeRows(file: string, rows: readonly Row[]): void {
  writeFileSync(file, `${JSON.stringify(rows, undefined, 2)}\n`);
}
