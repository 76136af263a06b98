/** Runs drills, round after round, and makes the table and the rows of what they measured. */

import { writeFileSync } from "node:fs";
import type { Drill } from "./drills.ts";
import { missed } from "./goal.ts";
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

/** A drill with the medians of its rounds; null is what did not happen, or was not measured. */
export interface Row {
  readonly drill: string;
  readonly route_gone_ms: number | null;
  readonly answered_ms: number | null;
  readonly lost: number | null;
  readonly transitions: number | null;
  readonly lost_all: number | null;
  readonly lost_back: number | null;
  readonly wrong: number | null;
  /** The fewest of all rounds. */
  readonly announcers: number | null;
  readonly worst: {
    readonly route_gone_ms: number | null;
    readonly answered_ms: number | null;
    readonly lost: number | null;
  };
  readonly rounds: number;
  /** What of the figures that were set was not reached by the medians; or why the drill came to no end. */
  readonly missed: string | null;
  readonly failed: boolean;
}

/** Runs all; the POPs take turns. A drill that fails is told of, and the next one begins with a lab that is as at first. */
export async function rehearse(lab: Lab, rehearsal: Rehearsal): Promise<Row[]> {
  const { drills, tell } = rehearsal;
  const rows: Row[] = [];
  for (const [i, drill] of drills.entries()) {
    const measured: Measured[] = [];
    const failed = await rounds(lab, rehearsal, i, (one) => measured.push(one)).catch((error: Error) => error.message);
    rows.push(rowOf(drill, measured, failed));
    if (failed === undefined || i === drills.length - 1) continue;
    tell(`${drill.name} failed: ${failed}`);
    try {
      await lab.mend();
    } catch (error) {
      tell(`the lab can't be mended: ${(error as Error).message}`);
      break;
    }
  }
  return rows;
}

async function rounds(
  lab: Lab,
  { drills, rounds, minutes, hasty, tell }: Rehearsal,
  i: number,
  each: (measured: Measured) => void,
): Promise<undefined> {
  const drill = drills[i];
  const times = drill.once ? 1 : rounds;
  for (let round = 0; round < times; round++) {
    const pop = POPS[(i + round) % POPS.length].name;
    tell(`${drill.name} ${round + 1}/${times} (${pop}): ${drill.about}`);
    const last = hasty && i === drills.length - 1 && round === times - 1;
    each(await drill.run({ lab, pop, minutes, last }));
  }
}

function rowOf(drill: Drill, measured: readonly Measured[], failed: string | undefined): Row {
  const middle = (of: (one: Measured) => number | undefined) => median(measured.map(of));
  const most = (of: (one: Measured) => number | undefined) => rounded(worst(measured.map(of)));
  const medians = {
    routeGone: middle(({ routeGone }) => routeGone),
    answered: middle(({ answered }) => answered),
    lost: middle(({ lost }) => lost) ?? 0,
    transitions: middle(({ transitions }) => transitions) ?? 0,
    announcers: Math.min(...measured.map(({ announcers }) => announcers)),
  };
  return {
    drill: drill.name,
    route_gone_ms: rounded(medians.routeGone),
    answered_ms: rounded(medians.answered),
    lost: measured.length === 0 ? null : medians.lost,
    transitions: measured.length === 0 ? null : medians.transitions,
    lost_all: rounded(middle(({ lostAll }) => lostAll)),
    lost_back: rounded(middle(({ lostBack }) => lostBack)),
    wrong: rounded(middle(({ wrong }) => wrong)),
    announcers: measured.length === 0 ? null : medians.announcers,
    worst: {
      route_gone_ms: most(({ routeGone }) => routeGone),
      answered_ms: most(({ answered }) => answered),
      lost: most(({ lost }) => lost),
    },
    rounds: measured.length,
    missed: failed ?? (drill.goal === undefined ? null : (missed(drill.goal, medians) ?? null)),
    failed: failed !== undefined,
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
  const head = [
    "drill",
    "route gone, ms",
    "worst",
    "answered, ms",
    "worst",
    "lost",
    "worst",
    "coming back",
    "of all",
    "transitions",
    "announcers",
    "",
  ];
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
    text(row.announcers),
    row.missed === null ? "" : `missed: ${row.missed}`,
  ]);
  return `${table([head, ...lines])}

Medians. Lost: queries without an answer in a second, of the client and address that lost most, at 100 a second each
(16 such streams: four clients, two addresses in each family); of all: of all streams together. Transitions: changes of
one route at the POP's transit, until all is as before. Announcers: of the prefix that fewest POPs
announced at the same time. "-": it did not move. Answered by another POP, that is; with
thread and worker, when the last query was lost; with undrain, by the POP itself again.
`;
}

/** Writes the rows as JSON. */
export function writeRows(file: string, rows: readonly Row[]): void {
  writeFileSync(file, `${JSON.stringify(rows, undefined, 2)}\n`);
}
